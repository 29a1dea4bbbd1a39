"""Sites and frameworks."""
from library import PASSWORD as P

OPERATIONS = ['login', 'getUser', 'create', 'verify', 'changePassword', 'changeEmail', 'deleteUser']
NEW = {'email': 'new.person@example.com', 'username': 'New.Person', 'given_name': 'Nea', 'family_name': "O'Wick"}

APPLICATIONS = {
    'wordpress': {
        'engine': 'mariadb', 'taken': 'ADA@example.com',
        'people': [(['ada', 'ADA', 'ada@example.com'], P, 'OK', {
            'user_id': 'wordpress|1', 'given_name': 'Ada', 'created_at': '2020-02-03T04:05:06.000Z',
            'app_metadata.capabilities': {'administrator': True}}),
            (['bob'], P, 'OK', {'created_at': None}), (['Cyd'], P, 'OK', {}), (['dee'], 'x', 'DENIED', {})],
        'new': {**NEW, 'name': 'Nea Öwick', 'user_metadata': {'description': 'it\'s "new" \\ 100%'}},
        'shows': {'nickname': 'New.Person', 'app_metadata.capabilities': {'subscriber': True}},
        'created': {'wp_users': 1, 'wp_usermeta': 6},
        'written': [("SELECT user_nicename, user_status, LEFT(user_pass, 4) FROM wp_users WHERE ID = {id}", [['new-person', '0', '$P$B']]),
                    ("SELECT meta_value FROM wp_usermeta WHERE user_id = {id} AND meta_key IN ('wp_capabilities', 'wp_user_level') ORDER BY 1",
                     [['0'], ['a:1:{s:10:"subscriber";b:1;}']])],
        'midlife': ["INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES ({id}, 'session_tokens', 'x')",
                    "INSERT INTO wp_posts (post_author, post_title) VALUES ({id}, 'mine')",
                    "INSERT INTO wp_comments (user_id) VALUES ({id})", "INSERT INTO wp_links (link_owner) VALUES ({id})"],
        'left': {'wp_posts': 1, 'wp_comments': 1, 'wp_links': 1},
        'afterlife': [("SELECT post_author FROM wp_posts WHERE post_title = 'mine'", [['1']]),
                      ("SELECT user_id FROM wp_comments", [['0']]), ("SELECT link_owner FROM wp_links", [['1']])],
    },
    'wordpress-multisite': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'verify': 'always',
        'people': [(['ada', 'ADA@example.com'], P, 'OK', {'email_verified': True, 'blocked': False}),
                   (['cyd'], P, 'BLOCKED', {'blocked': True}), (['eve'], P, None, {})],
        'new': {**NEW, 'name': 'Nea Öwick'},
        'shows': {'username': 'new.person', 'app_metadata.primary_site': '1', 'email_verified': True},
        'created': {'wp_users': 1, 'wp_usermeta': 6},
        'written': [("SELECT user_login, spam, deleted FROM wp_users WHERE ID = {id}", [['new.person', '0', '0']])],
        'midlife': ["INSERT INTO wp_signups (user_login, user_email) VALUES ('new.person', 'new.person@example.com')",
                    "INSERT INTO wp_posts (post_author, post_title) VALUES ({id}, 'mine')"],
        'left': {'wp_posts': 1},
        'afterlife': [("SELECT post_author FROM wp_posts WHERE post_title = 'mine'", [['1']])],
    },
    'django': {
        'engine': 'sqlite',
        'people': [(['ada'], P, 'OK', {'name': 'Ada Lovelace', 'last_login': '2024-05-06T07:08:09.123Z',
                                       'app_metadata.groups': [{'name': 'editors'}, {'name': 'readers'}], 'app_metadata.superuser': True}),
                   (['Bob'], P, 'BLOCKED', {'blocked': True}), (['cyd'], 'x', 'DENIED', {}), (['bob'], P, None, {})],
        'new': NEW, 'shows': {'name': "Nea O'Wick", 'blocked': False}, 'created': {'auth_user': 1},
        'written': [("SELECT is_superuser, is_staff, is_active, substr(password, 1, 21) FROM auth_user WHERE id = {id}",
                     [['0', '0', '1', 'pbkdf2_sha256$600000$']])],
        'midlife': ["INSERT INTO auth_user_groups (user_id, group_id) VALUES ({id}, 1)",
                    "INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES ({id}, 1)",
                    "INSERT INTO django_admin_log (action_time, user_id) VALUES ('2025-01-01 00:00:00', {id})"],
    },
    'laravel': {
        'engine': 'mariadb', 'taken': 'Ada@example.com', 'verify': 'flag',
        'people': [(['ada@example.com', 'ADA@example.com'], P, 'OK', {'email_verified': True, 'created_at': '2020-02-03T04:05:06.000Z'}),
                   (['bob@example.com'], P, 'OK', {'email_verified': False, 'created_at': None})],
        'new': {'email': NEW['email'], 'name': 'Nea Öwick'}, 'shows': {'email_verified': False}, 'created': {'users': 1},
        'written': [("SELECT email_verified_at IS NULL, remember_token IS NULL, created_at = updated_at, LEFT(password, 7) FROM users WHERE id = {id}",
                     [['1', '1', '1', '$2y$12$']])],
        'midlife': ["INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('s3', {id}, '', 1)",
                    "INSERT INTO password_reset_tokens (email, token) VALUES ('moved@example.com', 'y')"],
    },
    'redmine': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada', 'ADA'], P, 'OK', {'email': 'Ada@example.com', 'app_metadata.groups': [{'name': 'Makers'}], 'email_verified': True}),
                   (['bob'], P, 'BLOCKED', {'blocked': True}), (['cyd'], P, 'BLOCKED', {'email_verified': False}),
                   (['dee'], P, 'DENIED', {}), (['eve'], P, 'PASSWORD_EXPIRED', {})],
        'new': NEW, 'shows': {'name': "Nea O'Wick", 'email_verified': False, 'user_metadata.language': 'en'},
        'created': {'users': 1, 'email_addresses': 1},
        'written': [("SELECT type, status, mail_notification, LENGTH(salt), LENGTH(hashed_password) FROM users WHERE id = {id}",
                     [['User', '2', 'only_my_events', '32', '40']]),
                    ("SELECT is_default, notify FROM email_addresses WHERE user_id = {id}", [['1', '1']])],
        'verified': [("SELECT status FROM users WHERE id = {id}", [['1']])],
        'midlife': ["INSERT INTO groups_users VALUES (3, {id}); INSERT INTO members (user_id) VALUES ({id}); "
                    "INSERT INTO member_roles (member_id, role_id) SELECT id, 1 FROM members WHERE user_id = {id}; "
                    "INSERT INTO tokens (user_id, action, value) VALUES ({id}, 'feeds', 'n1'); INSERT INTO user_preferences (user_id) VALUES ({id}); "
                    "INSERT INTO custom_values (customized_type, customized_id, value) VALUES ('Principal', {id}, 'x'); "
                    "INSERT INTO queries (user_id, visibility) VALUES ({id}, 0); INSERT INTO issues (author_id, assigned_to_id) VALUES ({id}, {id})"],
        'left': {'issues': 1},
        'afterlife': [("SELECT author_id, assigned_to_id IS NULL FROM issues ORDER BY id DESC LIMIT 1", [['2', '1']])],
    },
    'joomla': {
        'engine': 'mariadb', 'taken': 'ADA@example.com',
        'people': [(['ada', 'ADA'], P, 'OK', {'app_metadata.groups': [{'name': 'Author'}, {'name': 'Registered'}]}),
                   (['bob'], P, 'BLOCKED', {}), (['cyd'], P, 'PASSWORD_EXPIRED', {})],
        'new': {'email': NEW['email'], 'username': 'New.Person', 'name': 'Nea Öwick'}, 'shows': {'app_metadata.groups': [{'name': 'Registered'}]},
        'created': {'jos_users': 1, 'jos_user_usergroup_map': 1},
        'written': [("SELECT block, activation, params, requireReset FROM jos_users WHERE id = {id}", [['0', '', '{}', '0']])],
        'midlife': ["INSERT INTO jos_user_keys (user_id, token) VALUES ('New.Person', 'y'); INSERT INTO jos_session VALUES ('c', {id}, 'New.Person'); "
                    "INSERT INTO jos_user_profiles VALUES ({id}, 'profile.city', '\"Rome\"'); INSERT INTO jos_messages (user_id_to) VALUES ({id}); "
                    "INSERT INTO jos_webauthn_credentials VALUES ('w', {id})"],
    },
    'moodle': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['ada', 'ADA'], P, 'OK', {'name': 'Ada Lovelace', 'app_metadata.cohorts': [{'name': 'Beginners'}]}),
                   (['bob'], P, 'BLOCKED', {'blocked': True}), (['cyd'], P, 'BLOCKED', {'email_verified': False}),
                   (['dee'], P, 'PASSWORD_EXPIRED', {}), (['eve'], 'not cached', 'DENIED', {}), (['fay@example.com.1580702706', 'far'], P, None, {})],
        'new': NEW, 'shows': {'username': 'new.person', 'app_metadata.auth': 'manual', 'blocked': False},
        'created': {'mdl_user': 1},
        'written': [("SELECT auth, confirmed, deleted, mnethostid, lang, LEFT(password, 16) FROM mdl_user WHERE id = {id}",
                     [['manual', '0', '0', '1', 'en', '$6$rounds=10000$']])],
        'midlife': ["INSERT INTO mdl_user_preferences (userid, name, value) VALUES ({id}, 'x', '1'); INSERT INTO mdl_cohort_members (cohortid, userid) VALUES (1, {id}); "
                    "INSERT INTO mdl_external_tokens (tokentype, userid) VALUES (1, {id}); INSERT INTO mdl_my_pages (userid, private) VALUES ({id}, 1); "
                    "INSERT INTO mdl_sessions (userid) VALUES ({id})"],
        'left': {'mdl_user': 1},
        'afterlife': [("SELECT deleted, username LIKE 'moved@example.com.%', email = MD5('new.person') FROM mdl_user WHERE id = {id}", [['1', '1', '1']]),
                      ("SELECT COUNT(*) FROM mdl_user WHERE deleted = 1", [['2']])],
    },
    'mediawiki': {
        'engine': 'mariadb', 'verify': 'flag', 'operations': [o for o in OPERATIONS if o != 'deleteUser'],
        'people': [(['Ada', 'ada'], P, 'OK', {'email_verified': True, 'user_metadata.language': 'de', 'created_at': '2020-02-03T04:05:06.000Z',
                                             'app_metadata.groups': [{'name': 'bureaucrat'}, {'name': 'sysop'}]}),
                   (['Zoé B'], P, 'DENIED', {'email_verified': False}), (['Zoe B'], P, None, {})],
        'new': {'username': 'new Person', 'email': NEW['email'], 'name': 'Nea Öwick'}, 'shows': {'username': 'New Person', 'email_verified': False},
        'created': {'user': 1, 'actor': 1},
        'written': [("SELECT user_name, LENGTH(user_token), user_email_authenticated IS NULL, LEFT(user_password, 20) FROM user WHERE user_id = {id}",
                     [['New Person', '32', '1', ':argon2:$argon2id$v=']]), ("SELECT actor_name FROM actor WHERE actor_user = {id}", [['New Person']]),
                    ("SELECT ss_users FROM site_stats", [['3']])],
    },
    'nextcloud': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'operations': [o for o in OPERATIONS if o not in ('verify', 'deleteUser')],
        'people': [(['Ada', 'ada', 'ADA@example.com'], P, 'OK', {'user_id': 'nextcloud|Ada', 'app_metadata.groups': [{'name': 'admin'}],
                                                                 'last_login': '2020-02-03T04:05:06.000Z'}),
                   (['bob'], P, 'BLOCKED', {'email': None}), (['cyd'], P, 'DENIED', {}), (['not@example.com'], P, None, {})],
        'new': {'username': 'New.Person', 'email': NEW['email'], 'name': 'Nea'}, 'shows': {'user_id': 'nextcloud|New.Person'},
        'created': {'oc_users': 1, 'oc_preferences': 1},
        'written': [("SELECT uid_lower, LEFT(password, 14) FROM oc_users WHERE uid = '{id}'", [['new.person', '3|$argon2id$v=']]),
                    ("SELECT appid, configkey FROM oc_preferences WHERE userid = '{id}'", [['settings', 'email']])],
    },
    'typo3': {
        'engine': 'mariadb',
        'people': [(['ada', 'ADA'], P, 'OK', {'app_metadata.groups': '1,2'}), (['bob'], P, 'BLOCKED', {}), (['cyd', 'dee'], P, None, {})],
        'new': {**NEW, 'name': 'Nea Öwick'}, 'shows': {'username': 'new.person', 'app_metadata.groups': '1'}, 'created': {'fe_users': 1},
        'written': [("SELECT pid, deleted, disable, crdate > 1700000000, LEFT(password, 10) FROM fe_users WHERE uid = {id}", [['2', '0', '0', '1', '$argon2id$']])],
        'midlife': ["INSERT INTO fe_sessions VALUES ('c', {id})"], 'left': {'fe_users': 1},
        'afterlife': [("SELECT deleted FROM fe_users WHERE uid = {id}", [['1']])],
    },
}
