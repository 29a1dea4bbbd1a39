"""Forums."""
from library import PASSWORD as P

NEW = {'email': 'new.person@example.com', 'username': 'New.Person'}

APPLICATIONS = {
    'phpbb': {
        'engine': 'mariadb', 'taken': 'ADA@example.com',
        'people': [(['Ada', 'ada'], P, 'OK', {'created_at': '2020-02-03T04:05:06.000Z', 'blocked': False,
                                              'app_metadata.groups': [{'name': 'ADMINISTRATORS'}, {'name': 'REGISTERED'}]}),
                   (['bob'], P, 'BLOCKED', {'blocked': True}), (['dee'], P, 'OK', {}), (['cyd'], P, 'BLOCKED', {'blocked': True}),
                   (['Anonymous', 'Some [Bot]'], 'x', None, {})],
        'new': NEW, 'shows': {'blocked': False, 'app_metadata.groups': [{'name': 'REGISTERED'}]},
        'created': {'phpbb_users': 1, 'phpbb_user_group': 1},
        'written': [("SELECT username_clean, user_type, group_id, LENGTH(user_form_salt), user_permissions FROM phpbb_users WHERE user_id = {id}",
                     [['new.person', '0', '2', '16', '']]),
                    ("SELECT group_id, user_pending FROM phpbb_user_group WHERE user_id = {id}", [['2', '0']])],
        'midlife': ["INSERT INTO phpbb_posts (poster_id) VALUES ({id}); INSERT INTO phpbb_topics (topic_poster, topic_last_poster_id) VALUES ({id}, {id}); "
                    "INSERT INTO phpbb_zebra VALUES ({id}, 2), (2, {id}); INSERT INTO phpbb_acl_users (user_id) VALUES ({id}); "
                    "INSERT INTO phpbb_sessions_keys (user_id) VALUES ({id}); INSERT INTO phpbb_banlist (ban_userid) VALUES ({id})"],
        'left': {'phpbb_posts': 1, 'phpbb_topics': 1},
        'afterlife': [("SELECT poster_id, post_username FROM phpbb_posts ORDER BY post_id DESC LIMIT 1", [['1', 'New.Person']]),
                      ("SELECT topic_poster, topic_first_poster_name, topic_last_poster_id FROM phpbb_topics", [['1', 'New.Person', '1']])],
    },
    'mybb': {
        'engine': 'mariadb', 'taken': 'ADA@example.com',
        'people': [(['Ada', 'ada', 'ada@example.com'], P, 'OK', {'user_metadata.location': 'London', 'app_metadata.groups': [{'name': 'Administrators'}]}),
                   (['bob', 'BOB@example.com'], P, 'BLOCKED', {'blocked': True}), (['cyd'], P, 'BLOCKED', {'email_verified': False})],
        'new': {**NEW, 'user_metadata': {'location': 'Köln'}}, 'shows': {'app_metadata.groups': [{'name': 'Registered'}]},
        'created': {'mybb_users': 1, 'mybb_userfields': 1},
        'written': [("SELECT usergroup, LENGTH(salt), LENGTH(loginkey), LENGTH(password), pmfolders FROM mybb_users WHERE uid = {id}",
                     [['2', '8', '50', '32', '0**$%%$1**$%%$2**$%%$3**$%%$4**']])],
        'midlife': ["INSERT INTO mybb_posts (uid, username) VALUES ({id}, 'New.Person'); INSERT INTO mybb_moderators (id, isgroup) VALUES ({id}, 0), ({id}, 1); "
                    "INSERT INTO mybb_privatemessages (uid) VALUES ({id}); INSERT INTO mybb_sessions (uid) VALUES ({id})"],
        'left': {'mybb_posts': 1, 'mybb_moderators': 1},
        'afterlife': [("SELECT uid, username FROM mybb_posts", [['0', 'New.Person']]),
                      ("SELECT isgroup FROM mybb_moderators ORDER BY mid DESC LIMIT 1", [['1']])],
    },
    'smf': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['Ada', 'ADA', 'ada@example.com'], P, 'OK', {'email_verified': True}), (['bob'], P, 'BLOCKED', {'blocked': True}),
                   (['cyd', 'cyd@example.com'], P, 'BLOCKED', {'email_verified': False, 'blocked': False})],
        'new': NEW, 'created': {'smf_members': 1},
        'written': [("SELECT real_name, is_activated, id_post_group, LENGTH(password_salt), LEFT(passwd, 7) FROM smf_members WHERE id_member = {id}",
                     [['New.Person', '0', '4', '32', '$2y$10$']])],
        'verified': [("SELECT is_activated FROM smf_members WHERE id_member = {id}", [['1']])],
        'midlife': ["INSERT INTO smf_messages (id_member, poster_name, poster_email) VALUES ({id}, 'New.Person', 'x'); "
                    "INSERT INTO smf_topics (id_member_started) VALUES ({id}); INSERT INTO smf_themes (id_member) VALUES ({id})"],
        'left': {'smf_messages': 1, 'smf_topics': 1},
        'afterlife': [("SELECT id_member, poster_name, poster_email FROM smf_messages ORDER BY id_msg DESC LIMIT 1", [['0', 'New.Person', '']]),
                      ("SELECT id_member_started FROM smf_topics", [['0']])],
    },
    'flarum': {
        'engine': 'mariadb', 'taken': 'ADA@example.com', 'verify': 'flag',
        'people': [(['Ada', 'ada', 'ada@example.com'], P, 'OK', {'user_metadata.locale': 'de', 'user_metadata.disclose_online': False,
                                                                 'app_metadata.groups': [{'name': 'Admin'}]}),
                   (['bob'], P, 'OK', {'email_verified': False, 'user_metadata': None})],
        'new': {**NEW, 'user_metadata': {'locale': 'fr'}}, 'shows': {'user_metadata.disclose_online': True, 'email_verified': False}, 'created': {'users': 1},
        'written': [("SELECT JSON_VALUE(preferences, '$.locale'), JSON_VALUE(preferences, '$.discloseOnline'), is_email_confirmed FROM users WHERE id = {id}",
                     [['fr', '1', '0']])],
        'midlife': ["INSERT INTO posts (user_id) VALUES ({id}); INSERT INTO access_tokens (token, user_id) VALUES ('t', {id}); INSERT INTO group_user VALUES ({id}, 1)"],
        'left': {'posts': 1}, 'afterlife': [("SELECT user_id IS NULL FROM posts", [['1']])],
    },
}
