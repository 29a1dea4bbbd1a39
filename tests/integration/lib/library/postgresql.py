"""Applications on PostgreSQL."""
from library import PASSWORD as P

NEW = {'email': 'new.person@example.com', 'username': 'New.Person', 'given_name': 'Nea', 'family_name': "O'Wick"}
GITHUB = {'provider': 'github', 'user_id': '4711', 'isSocial': True}

APPLICATIONS = {
    'django-allauth': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada', 'ADA@example.com'], P, 'OK', {'email_verified': True, 'created_at': '2020-02-03T04:05:06.500Z', 'app_metadata.social': True,
                                                          'app_metadata.groups': [{'name': 'editors'}], 'identities.1': GITHUB}),
                   (['bob', 'bob@example.com'], P, 'BLOCKED', {'blocked': True}), (['cyd'], P, 'BLOCKED', {'email_verified': False}),
                   (['dee'], 'x', 'DENIED', {}), (['second@example.com'], P, None, {})],
        'new': NEW, 'shows': {'email_verified': False, 'app_metadata.social': False, 'name': "Nea O'Wick"},
        'created': {'auth_user': 1, 'account_emailaddress': 1},
        'written': [('SELECT email, verified, "primary" FROM account_emailaddress WHERE user_id = {id}', [['new.person@example.com', 'f', 't']]),
                    ('SELECT is_staff, is_active FROM auth_user WHERE id = {id}', [['f', 't']])],
        'moved': [('SELECT u.email, a.email, a.verified FROM auth_user u JOIN account_emailaddress a ON a.user_id = u.id WHERE u.id = {id}',
                   [['moved@example.com', 'moved@example.com', 't']])],
        'midlife': ["INSERT INTO auth_user_groups (user_id, group_id) VALUES ({id}, 1); INSERT INTO socialaccount_socialaccount (provider, uid, user_id) VALUES ('x', 'y', {id}); "
                    "INSERT INTO socialaccount_socialtoken (token, account_id) SELECT 't', id FROM socialaccount_socialaccount WHERE user_id = {id}; "
                    "INSERT INTO account_emailconfirmation (key, email_address_id) SELECT 'k', id FROM account_emailaddress WHERE user_id = {id}; "
                    "INSERT INTO django_admin_log (action_time, user_id) VALUES (now(), {id})"],
    },
    'directus': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada@example.com', 'ADA@example.com'], P, 'OK', {'user_id': 'directus|11111111-0000-4000-8000-000000000001',
                                                                      'user_metadata.tags': ['one', 'two'], 'app_metadata.roles': [{'name': 'Administrator'}]}),
                   (['bob@example.com'], P, 'BLOCKED', {'blocked': True}), (['cyd@example.com'], P, 'BLOCKED', {'email_verified': False}), (['dee@example.com'], 'x', None, {})],
        'new': {'email': NEW['email'], 'given_name': 'Nea', 'user_metadata': {'tags': ['x', 'ü']}, 'app_metadata': {'role': 'aaaaaaaa-0000-4000-8000-000000000001'}},
        'shows': {'email_verified': False, 'app_metadata.roles': [{'name': 'Administrator'}]}, 'created': {'directus_users': 1},
        'written': [("SELECT status, provider, left(password, 17), tags->>1 FROM directus_users WHERE id = '{id}'", [['unverified', 'default', '$argon2id$v=19$m=', 'ü']])],
        'verified': [("SELECT status FROM directus_users WHERE id = '{id}'", [['active']])],
        'midlife': ["INSERT INTO directus_sessions VALUES ('s', '{id}'); INSERT INTO directus_files VALUES ('bbbbbbbb-0000-4000-8000-000000000002', '{id}', '{id}'); "
                    "INSERT INTO directus_notifications (recipient, sender) VALUES ('11111111-0000-4000-8000-000000000001', '{id}')"],
        'left': {'directus_files': 1, 'directus_notifications': 1},
        'afterlife': [("SELECT uploaded_by, modified_by FROM directus_files ORDER BY id DESC LIMIT 1", [['NULL', 'NULL']]), ("SELECT sender FROM directus_notifications", [['NULL']])],
    },
    'mattermost': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'operations': ['login', 'getUser', 'create', 'verify', 'changePassword', 'changeEmail'],
        'people': [(['ada', 'ADA', 'ada@example.com'], P, 'OK', {'created_at': '2020-02-03T04:05:06.789Z', 'user_metadata.desktop': 'all',
                                                                 'user_metadata.timezone': 'Europe/London', 'app_metadata.teams': [{'name': 'makers'}]}),
                   (['bob'], P, 'BLOCKED', {'blocked': True}), (['cyd'], 'x', 'DENIED', {})],
        'new': {**NEW, 'nickname': 'nea', 'user_metadata': {'locale': 'de', 'timezone': 'Europe/Berlin'}},
        'shows': {'username': 'new.person', 'blocked': False, 'user_metadata.desktop': 'mention', 'app_metadata.roles': 'system_user'}, 'created': {'users': 1},
        'written': [("SELECT length(id), deleteat, emailverified, authservice, notifyprops->>'push', timezone->>'useAutomaticTimezone', props, left(password, 7) FROM users WHERE id = '{id}'",
                     [['26', '0', 'f', '', 'mention', 'true', '{}', '$2a$10$']])],
    },
    # Accounts are made by Mastodon: the one who is not verified yet lives on.
    'mastodon': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'operations': ['login', 'getUser', 'verify', 'changePassword', 'changeEmail'],
        'people': [(['ada@example.com', 'ADA@example.com'], P, 'OK', {'username': 'Ada', 'name': 'Ada L', 'app_metadata.roles': [{'name': 'Owner'}],
                                                                      'logins_count': 7, 'identities.1': GITHUB}),
                   (['bob@example.com'], P, 'BLOCKED', {'blocked': True}), (['cyd@example.com'], P, 'BLOCKED', {'email_verified': False}),
                   (['dee@example.com', 'eve@example.com'], P, 'BLOCKED', {'blocked': True})],
        'existing': {'user_id': 'mastodon|3', 'email': 'cyd@example.com'},
        'verified': [('SELECT confirmed_at IS NOT NULL FROM users WHERE id = {id}', [['t']])],
        'changed': [('SELECT count(*) FROM session_activations', [['0']]), ('SELECT revoked_at IS NOT NULL FROM oauth_access_tokens', [['t']])],
        'moved': [('SELECT email, unconfirmed_email, confirmation_token FROM users WHERE id = {id}', [['moved@example.com', 'NULL', 'NULL']])],
    },
    'wikijs': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada@example.com', 'ADA@example.com'], P, 'OK', {'created_at': '2020-02-03T04:05:06.789Z', 'app_metadata.groups': [{'name': 'Administrators'}]}),
                   (['bob@example.com'], P, 'BLOCKED', {'blocked': True}), (['cyd@example.com'], P, 'BLOCKED', {'email_verified': False}),
                   (['dee@example.com'], P, 'PASSWORD_EXPIRED', {}), (['eve@example.com', 'guest@example.com'], 'x', None, {})],
        'new': {'email': 'New.Person@example.com', 'name': 'Nea', 'user_metadata': {'job_title': 'Author'}},
        'shows': {'email': 'new.person@example.com', 'user_metadata.locale': 'en', 'blocked': False}, 'created': {'users': 1},
        'written': [('SELECT "providerKey", "isSystem", "isActive", "isVerified", "createdAt" ~ \'^20..-..-..T..:..:..([.][0-9]+)?Z$\' FROM users WHERE id = {id}',
                     [['local', 'f', 't', 'f', 't']])],
        'midlife': ["INSERT INTO \"userGroups\" (\"userId\", \"groupId\") VALUES ({id}, 1); INSERT INTO pages (title, \"authorId\", \"creatorId\") VALUES ('mine', {id}, {id}); "
                    "INSERT INTO \"userKeys\" (kind, \"userId\") VALUES ('verify', {id}); INSERT INTO \"pageHistory\" (\"authorId\") VALUES ({id})"],
        'left': {'pages': 1, 'pageHistory': 1},
        'afterlife': [("SELECT \"authorId\", \"creatorId\" FROM pages WHERE title = 'mine'", [['1', '1']])],
    },
    'tt-rss': {
        'engine': 'postgresql', 'operations': ['login', 'getUser', 'create', 'changePassword', 'changeEmail', 'deleteUser'],
        'people': [(['admin', 'ADMIN'], P, 'OK', {'name': 'Ada L', 'blocked': False}), (['bob'], P, 'BLOCKED', {'blocked': True}), (['cyd'], P, 'DENIED', {})],
        'new': {'username': 'New.Person', 'email': NEW['email'], 'name': 'Nea'}, 'shows': {'username': 'new.person'}, 'created': {'ttrss_users': 1},
        'written': [("SELECT access_level, length(salt), left(pwd_hash, 9), length(pwd_hash) FROM ttrss_users WHERE id = {id}", [['0', '64', 'SSHA-512:', '137']])],
        'midlife': ["INSERT INTO ttrss_feeds (owner_uid, title) VALUES ({id}, 'mine'); INSERT INTO ttrss_app_passwords (pwd_hash, owner_uid) VALUES ('x', {id})"],
    },
    # A delete only disables, which other tests of deletes do not expect.
    'keycloak': {
        'engine': 'postgresql', 'operations': ['login', 'getUser', 'create', 'verify', 'changePassword', 'changeEmail'], 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada', 'ADA@example.com'], P, 'OK', {'user_id': 'keycloak|22222222-0000-4000-8000-000000000001', 'created_at': '2020-02-03T04:05:06.789Z',
                                                          'user_metadata.locale': 'de', 'app_metadata.roles': [{'name': 'admin'}, {'name': 'user'}], 'identities.1': GITHUB}),
                   (['bob'], P, 'DENIED', {'blocked': True})],
        'new': {'username': 'New.Person', 'email': 'New.Person@example.com', 'given_name': 'Nea', 'family_name': 'Person'},
        'shows': {'username': 'new.person', 'email': 'new.person@example.com', 'name': 'Nea Person', 'blocked': False}, 'created': {'user_entity': 1, 'credential': 1},
        'written': [("SELECT left(secret_data, 10), credential_data::json->>'algorithm', priority FROM credential WHERE user_id = '{id}'", [['{"value":"', 'argon2', '10']])],
        'moved': [("SELECT email, email_constraint FROM user_entity WHERE id = '{id}'", [['moved@example.com', 'moved@example.com']])],
    },
    # Users are made in Odoo, which computes columns that the mapping does not know.
    'odoo': {
        'engine': 'postgresql', 'operations': ['login', 'getUser', 'changePassword', 'changeEmail'],
        'people': [(['ada'], P, 'OK', {'email': 'Ada@example.com', 'user_metadata.country': 'GB', 'app_metadata.groups': [{'id': 1}, {'id': 9}],
                                       'app_metadata.companies': [{'name': 'My Company'}]}), (['bob'], P, 'BLOCKED', {'email': None, 'user_metadata': None})],
        'existing': {'user_id': 'odoo|1', 'email': 'Ada@example.com', 'username': 'ada'},
        'moved': [('SELECT p.email, p.email_normalized, u.login, left(u.password, 22) FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.id = {id}',
                   [['moved@example.com', 'moved@example.com', 'ada', '$pbkdf2-sha512$350000$']])],
    },
    'synapse': {
        'engine': 'postgresql', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada', 'ADA', '@ada:example.com', 'ADA@example.com'], P, 'OK', {'user_id': 'synapse|@ada:example.com', 'username': 'ada', 'name': 'Ada L',
                                                                                     'email': 'ada@example.com', 'email_verified': True}),
                   (['bob'], P, 'BLOCKED', {'blocked': True}), (['cyd', '7'], 'x', None, {})],
        'new': {'username': 'New.Person', 'email': 'New.Person@example.com', 'name': 'Nea'},
        'shows': {'username': 'new.person', 'email': 'new.person@example.com', 'user_id': 'synapse|@new.person:example.com'},
        'created': {'users': 1, 'profiles': 1, 'user_threepids': 1},
        'written': [("SELECT name, admin, is_guest, deactivated, approved, locked, left(password_hash, 7) FROM users WHERE name = '{id}'",
                     [['@new.person:example.com', '0', '0', '0', 't', 'f', '$2b$12$']])],
        'midlife': ["INSERT INTO devices VALUES ('{id}', 'D'); INSERT INTO access_tokens VALUES (2, '{id}', 't2'); INSERT INTO pushers VALUES (1, '{id}')"],
        'left': {'users': 1, 'profiles': 1, 'users_pending_deactivation': 1},
        'afterlife': [("SELECT deactivated, password_hash FROM users WHERE name = '{id}'", [['1', 'NULL']])],
    },
}
