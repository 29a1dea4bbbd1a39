"""Five small stores, each after a kind of application: tables, rows, mapping, people and
the life of a new one.  {words} in the tables stand for what MariaDB and SQLite call
differently, see DIALECTS.  Not one hash here is anybody's."""
import hashlib
import re

HORSE, TROUB = 'correct horse', 'Tr0ub4dor&3'
BCRYPT_HORSE = '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'
BCRYPT_TROUB = '$2b$04$abcdefghijklmnopqrstuu5UWyuxawIwQzpnlr0Mft5nu6B9cYh/C'
ARGON2_HORSE = ('$argon2id$v=19$m=1024,t=1,p=1$SnA5amF6NGtBcC9Na0g3Vg$'
                'zu1S4DE9WbSNCVgXRPBryidGdgZJUzc5+cnohF+fB/A')
PHPASS_TROUB = '$H$6saltsaltMRMpwRd68yti8D4f5enkk0'
SHA512_TROUB = ('$6$rounds=1000$saltsalt$k8YBq9alXjkIoqw1Nu6EBR3IBozX4ces/YypLrYfQetu7x3O0ZLr.'
                '10f5jinXFBSktNGcQk1AnVjDmWmcx8U9.')

DIALECTS = {
    'mariadb': {'key': 'INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY', 'bytes': 'VARBINARY(255)', 'date14': 'BINARY(14)',
                'bit': 'BIT(1)', 'states': "ENUM('new','active','locked','gone')", 'q': '`',
                'mb3_bin': 'CHARACTER SET utf8mb3 COLLATE utf8mb3_bin', 'mb4_bin': 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
                'mb4': 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', 'binary': 'CHARACTER SET binary'},
    'sqlite': {'key': 'INTEGER PRIMARY KEY AUTOINCREMENT', 'bytes': 'BLOB', 'date14': 'BLOB', 'bit': 'BOOLEAN', 'states': 'TEXT',
               'q': '"', 'mb3_bin': '', 'mb4_bin': '', 'mb4': '', 'binary': ''},
}


def dialect(text, engine):
    return re.sub(r'\{(\w+)\}', lambda word: DIALECTS[engine][word.group(1)], text)


def blob(text):
    return ('X\'%s\'' % text.encode().hex(),)


def literal(value):
    if isinstance(value, tuple):
        return value[0]
    return 'NULL' if value is None else str(value) if isinstance(value, int) else "'%s'" % value.replace("'", "''")


def rows(table, columns, *values):
    return ''.join('INSERT INTO %s (%s) VALUES (%s);\n' % (table, columns, ', '.join(map(literal, row))) for row in values)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def salted(salt, password):
    return md5(md5(salt) + md5(password))


STORES = {}

# --- a forum: prefix, groups, bans, a digest with a salt beside newer hashes --------------------
STORES['forum'] = {
    'tables': """
CREATE TABLE f_users (user_id {key}, user_type INT NOT NULL DEFAULT 0, name VARCHAR(190) NOT NULL, name_clean VARCHAR(190) NOT NULL UNIQUE,
  pass CHAR(120) NOT NULL, salt CHAR(10) NOT NULL DEFAULT '', email VARCHAR(100) NOT NULL, signed_up INT NOT NULL DEFAULT 0,
  seen INT NOT NULL DEFAULT 0, perms TEXT NOT NULL, pass_changed INT NOT NULL DEFAULT 0) {mb3_bin};
CREATE TABLE f_groups (id {key}, title VARCHAR(60)) {mb3_bin};
CREATE TABLE f_user_group (group_id INT NOT NULL, user_id INT NOT NULL, pending INT NOT NULL DEFAULT 0, leader {bit} NOT NULL) {mb3_bin};
CREATE TABLE f_bans (id {key}, user_id INT NOT NULL, lifted INT NOT NULL DEFAULT 0) {mb3_bin};
CREATE TABLE f_fields (user_id INT NOT NULL PRIMARY KEY, place VARCHAR(190), site VARCHAR(190)) {mb3_bin};
CREATE TABLE f_posts (id {key}, poster INT NOT NULL, poster_name VARCHAR(190)) {mb3_bin};
""",
    'rows': rows('f_groups', 'id, title', (2, 'members'), (5, 'admins'))
    + rows('f_users', 'user_id, user_type, name, name_clean, pass, salt, email, signed_up, perms',
           (1, 2, 'Anonymous', 'anonymous', '', '', '', 0, ''), (2, 3, 'Ada', 'ada', BCRYPT_HORSE, '', 'ada@example.com', 1300000000, ''),
           (3, 0, 'Bob Möller', 'bob möller', PHPASS_TROUB, '', 'Bob@example.com', 0, ''),
           (4, 1, 'cyd', 'cyd', salted('s4ltS4lt', HORSE), 's4ltS4lt', 'cyd@example.com', 0, ''),
           (5, 0, 'dan', 'dan', ARGON2_HORSE, '', 'dan@example.com', 0, ''),
           (6, 0, 'eve', 'eve', BCRYPT_HORSE, '', 'twins@example.com', 0, ''), (7, 0, 'fay', 'fay', BCRYPT_HORSE, '', 'Twins@example.com', 0, ''))
    + rows('f_user_group', 'group_id, user_id, pending, leader', (2, 2, 0, 0), (5, 2, 0, 1), (5, 3, 1, 0))
    + rows('f_bans', 'user_id, lifted', (5, 0), (3, 1)) + rows('f_fields', 'user_id, place', (2, 'Köln ☃')),
    'users': {
        'vars': {'p': 'f_'},
        'user': {'table': '${p}users', 'key': 'user_id', 'id': 'auto', 'insert': {'signed_up': '$now:unix', 'perms': ''}},
        'links': {
            'fields': {'table': '${p}fields', 'on': {'user_id': '@user_id'}},
            'groups': {'table': '${p}user_group', 'as': 'many', 'on': {'user_id': '@user_id'}, 'where': {'pending': 0},
                       'insert': {'group_id': 2, 'leader': 0}, 'join': {'${p}groups': '${p}groups.id = @group_id'}},
            'bans': {'table': '${p}bans', 'as': 'many', 'on': {'user_id': '@user_id'}}},
        'profile': {
            'username': {'col': 'name', 'also': {'name_clean': '$username:lower'}}, 'email': 'email',
            'email_verified': {'col': 'user_type', 'true': [0, 3], 'false': 1, 'from': [0, 1]},
            'blocked': {'exists': 'bans', 'where': {'lifted': 0}}, 'created_at': {'col': 'signed_up', 'time': 'unix'},
            'last_login': {'col': 'seen', 'time': 'unix'}, 'user_metadata.place': 'fields.place',
            'app_metadata.groups': {'list': 'groups', 'cols': {'name': '${p}groups.title', 'leader': 't.leader'}}},
        'lookup': {'username': {'fold': 'lower-both'}},
        'login': {'by': ['username', 'email'], 'require_verified': True, 'touch': {'seen': '$now:unix'}},
        'password': {'col': 'pass', 'salt': 'salt', 'none': [''], 'set': {'pass_changed': '$now:unix'},
                     'accept': ['bcrypt', 'argon2', 'phpass', {'recipe': 'hex(md5(hex(md5(salt)) . hex(md5(password))))', 'if': 'salt'}],
                     'write': {'recipe': 'hex(md5(hex(md5(salt)) . hex(md5(password))))', 'salt_len': 8}},
        'create': {'unique': ['username', 'email'], 'links': ['groups'], 'defaults': {'email_verified': False}},
        'delete': {'steps': [
            {'update': '${p}posts', 'set': {'poster': 1, 'poster_name': '$username'}, 'where': {'poster': '@user_id'}},
            {'delete': '${p}user_group', 'where': {'user_id': '@user_id'}}, {'delete': '${p}fields', 'where': {'user_id': '$id'}},
            'DELETE FROM ${p}bans WHERE user_id = :id']}},
    'people': [
        ('ADA', HORSE, 'OK', {'user_id': 'forum|2', 'email_verified': True, 'blocked': False, 'created_at': '2011-03-13T07:06:40.000Z',
                              'user_metadata': {'place': 'Köln ☃'},
                              'app_metadata': {'groups': [{'leader': 1, 'name': 'admins'}, {'leader': 0, 'name': 'members'}]}}),
        ('bob möller', TROUB, 'OK', {'blocked': False}), ('bob moller', TROUB, None, {}), ('BOB@example.com', TROUB, 'OK', {}),
        ('cyd', HORSE, 'BLOCKED', {'email_verified': False}), ('dan', HORSE, 'BLOCKED', {'blocked': True}),
        ('twins@example.com', HORSE, 'OK', {'username': 'eve'}), ('Anonymous', '', 'DENIED', {})],
    'new': {'username': 'Nèa Öwick', 'email': 'new.person@example.com', 'user_metadata': {'place': "St. John's"}},
    'created': {'f_users': 1, 'f_user_group': 1, 'f_fields': 1}, 'left': {}, 'taken': 'ADA@example.com',
    'midlife': [("INSERT INTO f_posts (poster) VALUES ({id})", None),
                ("SELECT name_clean, length(pass), length(salt), user_type, pass_changed > 1, seen > 1 FROM f_users WHERE user_id = {id}",
                 [['nèa öwick', '32', '8', '0', '1', '1']])],
    'afterlife': [("SELECT poster, poster_name FROM f_posts", [['1', 'Nèa Öwick']]), ("DELETE FROM f_posts", None)],
}

# --- a wiki: every column is bytes, names begin with a capital ------------------------------------
STORES['wiki'] = {
    'tables': """
CREATE TABLE {q}user{q} (user_id {key}, user_name {bytes} NOT NULL UNIQUE, real_name {bytes} NOT NULL DEFAULT '', password {bytes} NOT NULL,
  email {bytes} NOT NULL DEFAULT '', touched {date14} NOT NULL, token {bytes} NOT NULL, confirmed {date14}, registered {date14},
  lang INT NOT NULL DEFAULT 1) {binary};
CREATE TABLE languages (id {key}, title {bytes}) {binary};
CREATE TABLE user_groups (ug_user INT NOT NULL, ug_group {bytes} NOT NULL, PRIMARY KEY (ug_user, ug_group)) {binary};
CREATE TABLE properties (up_user INT NOT NULL, up_name {bytes} NOT NULL, up_value {bytes}, PRIMARY KEY (up_user, up_name)) {binary};
""",
    'rows': rows('languages', 'id, title', (1, blob('français')))
    + rows('{q}user{q}', 'user_id, user_name, real_name, password, email, touched, token, confirmed, registered',
                 (1, blob('Ada'), blob('Ada Łovelace'), blob(BCRYPT_HORSE), blob('ada@example.com'), blob('20200101000000'), blob('t'),
                  blob('20190228235959'), blob('20180101000000')),
                 (2, blob('Ädi'), '', blob(BCRYPT_TROUB), '', blob('20200101000000'), '', None, blob('00000000000000')))
    + rows('user_groups', 'ug_user, ug_group', (1, blob('sysop')), (1, blob('bot'))) + rows('properties', 'up_user, up_name, up_value', (1, blob('nick'), blob('ad🌻'))),
    'users': {
        'user': {'table': 'user', 'key': 'user_id', 'id': 'auto', 'update': {'touched': '$now:mw14'},
                 'insert': {'registered': '$now:mw14', 'touched': '$now:mw14', 'token': '$token:32'}},
        'links': {'groups': {'table': 'user_groups', 'as': 'many', 'on': {'ug_user': '@user_id'}}, 'lang': {'table': 'languages', 'on': {'id': '@lang'}},
                  'prop': {'table': 'properties', 'as': 'eav', 'on': {'up_user': '@user_id'}, 'name': 'up_name', 'value': 'up_value'}},
        'profile': {
            'username': 'user_name', 'email': 'email', 'name': 'real_name', 'nickname': 'prop[nick]', 'locale': 'lang.title',
            'email_verified': {'col': 'confirmed', 'true': '$now:mw14', 'false': None}, 'created_at': {'col': 'registered', 'time': 'mw14'},
            'app_metadata.groups': {'list': 'groups', 'cols': {'name': 't.ug_group'}}, 'app_metadata.sysop': {'exists': 'groups', 'where': {'ug_group': 'sysop'}}},
        'lookup': {'username': {'fold': 'ucfirst'}}, 'login': {'by': ['username']},
        'password': {'col': 'password', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}, 'set': {'token': '$token:32'}},
        'create': {'unique': ['username']}},
    'people': [
        ('ada', HORSE, 'OK', {'name': 'Ada Łovelace', 'locale': 'français', 'nickname': 'ad🌻', 'email_verified': True, 'created_at': '2018-01-01T00:00:00.000Z',
                              'app_metadata': {'groups': [{'name': 'bot'}, {'name': 'sysop'}], 'sysop': True}}),
        ('ädi', TROUB, 'OK', {'username': 'Ädi', 'email': '', 'email_verified': False, 'created_at': None}), ('ADA', HORSE, None, {})],
    'new': {'username': 'özil', 'email': 'new.person@example.com', 'name': 'Ö Z', 'nickname': 'oz'}, 'shows': {'username': 'Özil'},
    'created': {'user': 1, 'properties': 1}, 'left': {}, 'taken': None,
    'midlife': [("SELECT length(token), length(touched), length(confirmed) FROM {q}user{q} WHERE user_id = {id}", [['32', '14', '14']])],
    'afterlife': [],
}

# --- a school: soft delete, numbered fields, users of other hosts -----------------------------------
STORES['school'] = {
    'tables': """
CREATE TABLE pupil (id {key}, host INT NOT NULL DEFAULT 0, login VARCHAR(100) NOT NULL, pw VARCHAR(190) NOT NULL, first VARCHAR(100) NOT NULL,
  last VARCHAR(100) NOT NULL DEFAULT '', mail VARCHAR(100) NOT NULL, confirmed INT NOT NULL DEFAULT 0, suspended INT NOT NULL DEFAULT 0,
  deleted INT NOT NULL DEFAULT 0, year INT, made BIGINT NOT NULL DEFAULT 0, changed BIGINT NOT NULL DEFAULT 0, UNIQUE (host, login)) {mb4_bin};
CREATE TABLE fact (id {key}, pupil INT NOT NULL, field INT NOT NULL, data TEXT NOT NULL, format INT NOT NULL, UNIQUE (pupil, field)) {mb4_bin};
CREATE TABLE preference (id {key}, pupil INT NOT NULL, name VARCHAR(100) NOT NULL, value VARCHAR(190) NOT NULL) {mb4_bin};
""",
    'rows': rows('pupil', 'id, host, login, pw, first, last, mail, confirmed, suspended, deleted, year',
                 (2, 1, 'ada', BCRYPT_HORSE, 'Ada', 'Lovelace', 'ada@example.com', 1, 0, 0, 7), (3, 1, 'bob', SHA512_TROUB, 'Bob', '', 'bob@example.com', 0, 0, 0, None),
                 (4, 1, 'cyd', BCRYPT_HORSE, 'Cyd', '', 'x', 1, 0, 1, None), (5, 1, 'dan', BCRYPT_HORSE, 'Dan', '', 'dan@example.com', 1, 1, 0, None),
                 (6, 9, 'ada', BCRYPT_TROUB, 'Other', 'Host', 'other@example.com', 1, 0, 0, None), (7, 1, 'eve', BCRYPT_HORSE, 'Eve', '', 'eve@example.com', 1, 0, 0, None),
                 (8, 1, 'fay', 'not cached', 'Fay', '', 'fay@example.com', 1, 0, 0, None))
    + rows('fact', 'pupil, field, data, format', (2, 3, 'Maths', 0)) + rows('preference', 'pupil, name, value', (7, 'must_change', '1'), (2, 'must_change', '0'), (2, 'must_change', '1')),
    'users': {
        'user': {'table': 'pupil', 'key': 'id', 'id': 'auto', 'where': {'host': 1}, 'insert': {'made': '$now:unix', 'changed': '$now:unix'}, 'update': {'changed': '$now:unix'}},
        'links': {'fact': {'table': 'fact', 'as': 'eav', 'on': {'pupil': '@id'}, 'name': 'field', 'value': 'data', 'names': {'subject': 3}, 'insert': {'format': 0}},
                  'pref': {'table': 'preference', 'as': 'eav', 'on': {'pupil': '@id'}, 'name': 'name', 'value': 'value'}},
        'profile': {
            'username': 'login', 'email': 'mail', 'given_name': 'first', 'family_name': 'last', 'name': {'template': '{given_name} {family_name}'},
            'email_verified': {'col': 'confirmed', 'bool': True}, 'blocked': {'col': 'suspended', 'bool': True}, 'deleted': {'col': 'deleted', 'bool': True},
            'password_expired': {'col': 'pref[must_change]', 'true': '1', 'false': '0'}, 'app_metadata.subject': 'fact[subject]', 'app_metadata.year': 'year'},
        'lookup': {'username': {'fold': 'lower'}}, 'login': {'by': ['username', 'email'], 'require_verified': True},
        'password': {'col': 'pw', 'accept': ['bcrypt', 'crypt/sha512crypt'], 'none': ['not cached'], 'write': {'scheme': 'crypt/sha512crypt', 'rounds': 1000}},
        'create': {'unique': ['username', 'email'], 'defaults': {'email_verified': False, 'blocked': False}, 'required': ['username', 'email', 'given_name']},
        'after': {'changePassword': ["DELETE FROM preference WHERE pupil = :id AND name = 'must_change'"]},
        'delete': {'mode': 'soft', 'set': {'deleted': 1, 'login': '$token:20', 'mail': '$token:32', 'pw': ''}, 'steps': [{'delete': 'preference', 'where': {'pupil': '@id'}}]}},
    'people': [
        ('ADA', HORSE, 'OK', {'user_id': 'school|2', 'name': 'Ada Lovelace', 'app_metadata': {'subject': 'Maths', 'year': 7}}), ('bob', TROUB, 'BLOCKED', {'name': 'Bob'}),
        ('cyd', HORSE, None, {}), ('dan', HORSE, 'BLOCKED', {'blocked': True}), ('other@example.com', TROUB, None, {}), ('eve', HORSE, 'PASSWORD_EXPIRED', {}),
        ('fay', 'not cached', 'DENIED', {})],
    'new': {'username': 'NewOne', 'email': 'new.person@example.com', 'given_name': 'Né', 'family_name': '🌻', 'app_metadata': {'subject': 'Art', 'year': 9}},
    'shows': {'username': 'newone', 'name': 'Né 🌻'}, 'created': {'pupil': 1, 'fact': 1}, 'left': {'pupil': 1, 'fact': 1}, 'taken': 'Other@example.com', 'midlife': [],
    'afterlife': [("SELECT length(login), length(mail), pw, host FROM pupil ORDER BY id DESC LIMIT 1", [['20', '32', '', '1']]),
                  ("DELETE FROM pupil WHERE id > 8", None), ("DELETE FROM fact WHERE pupil > 8", None)],
}

# --- a cloud: the name is the key, the address a row of settings ---------------------------------------
STORES['cloud'] = {
    'tables': """
CREATE TABLE account (uid VARCHAR(64) NOT NULL PRIMARY KEY, label VARCHAR(64), hash VARCHAR(190) NOT NULL DEFAULT '') {mb4_bin};
CREATE TABLE {q}pref store{q} (userid VARCHAR(64) NOT NULL, app VARCHAR(32) NOT NULL, k VARCHAR(64) NOT NULL, v TEXT, PRIMARY KEY (userid, app, k)) {mb4_bin};
""",
    'rows': rows('account', 'uid, label, hash', ('ada', 'Ada L', BCRYPT_HORSE), ('bob', None, ARGON2_HORSE), ('0', 'zero', BCRYPT_TROUB), ('o|pipe', None, BCRYPT_HORSE), ('cyd', '', ''))
    + rows('{q}pref store{q}', 'userid, app, k, v', ('ada', 'settings', 'email', 'Ada@Example.com'), ('ada', 'login', 'last', '1600000000'), ('bob', 'core', 'enabled', 'no'),
           ('bob', 'other', 'email', 'not@example.com'), ('cyd', 'core', 'enabled', 'yes')),
    'users': {
        'user': {'table': 'account', 'key': 'uid', 'id': '$username'},
        'links': {name: {'table': 'pref store', 'as': 'eav', 'on': {'userid': '@uid'}, 'where': {'app': name}, 'name': 'k', 'value': 'v'} for name in ('settings', 'core', 'login')},
        'profile': {'username': 'uid', 'name': 'label', 'email': 'settings[email]', 'blocked': {'col': 'core[enabled]', 'true': 'no', 'false': 'yes'},
                    'last_login': {'col': 'login[last]', 'time': 'unix'}, 'user_metadata.lang': 'core[lang]'},
        'lookup': {'username': {'fold': 'lower'}}, 'login': {'by': ['username', 'email']},
        'password': {'col': 'hash', 'accept': ['bcrypt', 'argon2'], 'none': ['', None],
                     'write': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 1024, 'iterations': 1, 'parallelism': 1}},
        'create': {'unique': ['username', 'email'], 'required': ['username'], 'defaults': {'blocked': False}},
        'delete': {'steps': [{'delete': 'pref store', 'where': {'userid': '@uid'}}]}},
    'people': [
        ('ADA', HORSE, 'OK', {'user_id': 'cloud|ada', 'email': 'Ada@Example.com', 'last_login': '2020-09-13T12:26:40.000Z'}), ('ada@example.com', HORSE, 'OK', {'username': 'ada'}),
        ('bob', HORSE, 'BLOCKED', {'name': 'bob'}), ('0', TROUB, 'OK', {'user_id': 'cloud|0'}), ('o|pipe', HORSE, 'OK', {'user_id': 'cloud|o|pipe'}), ('cyd', '', 'DENIED', {'name': ''}),
        ('not@example.com', HORSE, None, {})],
    'new': {'username': 'Nea.Ö', 'email': 'new.person@example.com', 'name': '🌻', 'user_metadata': {'lang': 'fr'}}, 'shows': {'username': 'nea.ö', 'user_id': 'cloud|nea.ö'},
    'created': {'account': 1, 'pref store': 3}, 'left': {}, 'taken': 'ADA@example.com', 'midlife': [], 'afterlife': [],
}

# --- a register: logins, addresses and old passwords in tables of their own, one state for all ---------
STORES['register'] = {
    'tables': """
CREATE TABLE person (id CHAR(36) NOT NULL PRIMARY KEY, given VARCHAR(60), ext VARCHAR(20), state {states} NOT NULL DEFAULT 'new') {mb4_bin};
CREATE TABLE account (acc {key}, person CHAR(36) NOT NULL UNIQUE, login VARCHAR(60) NOT NULL UNIQUE) {mb4_bin};
CREATE TABLE address (id {key}, person CHAR(36) NOT NULL, mail VARCHAR(120) NOT NULL, main {bit} NOT NULL, verified CHAR(1) NOT NULL DEFAULT 'N') {mb4};
CREATE TABLE pwhist (n {key}, account INT NOT NULL, hash VARCHAR(190) NOT NULL, since DATETIME) {mb4_bin};
CREATE TABLE audit (what VARCHAR(30), who CHAR(36), mail VARCHAR(120));
""",
    'rows': rows('person', 'id, given, state, ext', ('11111111-1111-4111-8111-111111111111', 'Ada', 'active', None), ('22222222-2222-4222-8222-222222222222', 'Bob', 'locked', None),
                 ('33333333-3333-4333-8333-333333333333', 'Eve', 'active', 'ldap'), ('44444444-4444-4444-8444-444444444444', 'Gus', 'gone', None))
    + rows('account', 'acc, person, login', (1, '11111111-1111-4111-8111-111111111111', 'ada'), (2, '22222222-2222-4222-8222-222222222222', 'bob'),
           (3, '33333333-3333-4333-8333-333333333333', 'eve'), (4, '44444444-4444-4444-8444-444444444444', 'gus'))
    + rows('address', 'person, mail, main, verified', ('11111111-1111-4111-8111-111111111111', 'second@example.com', 0, 'Y'), ('11111111-1111-4111-8111-111111111111', 'old@example.com', 1, 'Y'),
           ('11111111-1111-4111-8111-111111111111', 'Ada@example.com', 1, 'Y'))
    + rows('pwhist', 'account, hash', (1, BCRYPT_TROUB), (1, BCRYPT_HORSE), (2, BCRYPT_TROUB), (3, BCRYPT_TROUB), (4, BCRYPT_TROUB)),
    'users': {
        'user': {'table': 'person', 'key': 'id', 'id': '$uuid'},
        'links': {'acc': {'table': 'account', 'on': {'person': '@id'}}, 'main': {'table': 'address', 'on': {'person': '@id'}, 'where': {'main': True}, 'order': 'id', 'append': True},
                  'pw': {'table': 'pwhist', 'of': 'acc', 'on': {'account': '@acc.acc'}, 'order': 'n', 'append': True, 'insert': {'since': '$now'}}},
        'profile': {
            'username': 'acc.login', 'email': 'main.mail', 'email_verified': {'col': 'main.verified', 'true': 'Y', 'false': 'N'}, 'given_name': 'given',
            'blocked': {'col': 'state', 'true': 'locked', 'false': ['active', 'new'], 'from': ['active', 'new', 'locked']},
            'deleted': {'col': 'state', 'true': 'gone', 'false': ['new', 'active', 'locked'], 'from': ['new', 'active', 'locked', 'gone']}},
        'login': {'by': ['username', 'email']},
        'password': {'col': 'pw.hash', 'when': 'ext', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'create': {'unique': ['username', 'email'], 'defaults': {'email_verified': False, 'blocked': False}, 'after': ["INSERT INTO audit (what, who, mail) VALUES ('create', :id, :email)"]},
        'after': {'changePassword': ["INSERT INTO audit (what, who) VALUES ('password', :id)"], 'changeEmail': ["INSERT INTO audit (what, who, mail) VALUES ('mail', :id, :new_email)"]},
        'delete': {'mode': 'keep', 'steps': [
            'DELETE FROM pwhist WHERE account IN (SELECT acc FROM account WHERE person = :id)', {'delete': 'account', 'where': {'person': '@id'}},
            {'delete': 'address', 'where': {'person': '@id'}}, {'update': 'person', 'set': {'state': 'gone', 'given': '$null', 'ext': '$username'}, 'where': {'id': '@id'}}]}},
    'people': [
        ('ada', HORSE, 'OK', {'email': 'Ada@example.com', 'email_verified': True, 'user_id': 'register|11111111-1111-4111-8111-111111111111'}), ('ADA@example.com', HORSE, 'OK', {}),
        ('ada', TROUB, 'DENIED', {}), ('second@example.com', HORSE, None, {}), ('old@example.com', HORSE, None, {}), ('bob', TROUB, 'BLOCKED', {'blocked': True}), ('eve', TROUB, 'DENIED', {}),
        ('gus', TROUB, None, {})],
    'new': {'username': 'nea', 'email': 'new.person@example.com', 'given_name': 'Néa'}, 'created': {'person': 1, 'account': 1, 'address': 1, 'pwhist': 1, 'audit': 1},
    'left': {'person': 1, 'audit': 3}, 'taken': 'ADA@example.com',
    'midlife': [("SELECT count(*) FROM pwhist WHERE account = (SELECT acc FROM account WHERE person = '{id}')", [['2']])],
    'afterlife': [("SELECT what, COALESCE(mail, '-') FROM audit", [['create', 'new.person@example.com'], ['password', '-'], ['mail', 'moved@example.com']]),
                  ("SELECT ext, COALESCE(given, '-') FROM person WHERE state = 'gone' AND ext IS NOT NULL", [['nea', '-']])],
}
