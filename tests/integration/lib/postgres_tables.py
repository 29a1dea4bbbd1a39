"""Stores that use what PostgreSQL alone has: schemas, mixed-case names, domains, enums,
arrays, jsonb, generated columns, keys that the server makes, views that can be written.  The form of each store is that of other_tables.py."""
from other_tables import BCRYPT_HORSE, BCRYPT_TROUB, HORSE, TROUB

STORES = {}

# --- a service of accounts: everything in a schema, documents, flags that are times -----------------
STORES['accounts'] = {
    'tables': """
CREATE SCHEMA auth; CREATE SCHEMA "Side Car";
CREATE TABLE auth.users (instance uuid, id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(255), encrypted varchar(255),
  email_confirmed_at timestamptz, confirmed_at timestamptz GENERATED ALWAYS AS (email_confirmed_at) STORED, banned_until timestamptz,
  last_sign_in_at timestamptz, raw_app jsonb, raw_user jsonb, is_super boolean, created_at timestamptz DEFAULT now(),
  updated_at timestamptz, phone text UNIQUE DEFAULT NULL, deleted_at timestamptz, anonymous boolean NOT NULL DEFAULT false);
CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE anonymous = false;
CREATE INDEX users_email_lower ON auth.users (lower(email));
CREATE TABLE auth.identities (provider_id text NOT NULL, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, data jsonb NOT NULL,
  provider text NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, UNIQUE (provider_id, provider));
CREATE TABLE "Side Car"."Log Book" ("Who" uuid, "What?" text NOT NULL, "When" timestamptz NOT NULL DEFAULT now());
""",
    'rows': """
INSERT INTO auth.users (id, email, encrypted, email_confirmed_at, raw_app, raw_user, banned_until, deleted_at) VALUES
 ('ABCDEF11-1111-4111-8111-111111111111', 'ada@example.com', '%s', '2024-01-01 00:00:00+02', '{"plan": {"tier": 2}}', '{"name": "Ada 🌻", "n": 9007199254740993}', NULL, NULL),
 ('22222222-2222-4222-8222-222222222222', 'Bob@example.com', '%s', NULL, NULL, NULL, NULL, NULL),
 ('33333333-3333-4333-8333-333333333333', 'cyd@example.com', '%s', now(), '{}', 'null', 'infinity', NULL),
 ('44444444-4444-4444-8444-444444444444', 'dan@example.com', '%s', now(), '[]', '"text"', NULL, now());
INSERT INTO auth.identities (provider_id, user_id, data, provider) VALUES ('77', 'abcdef11-1111-4111-8111-111111111111', '{}', 'github');
""" % (BCRYPT_HORSE, BCRYPT_TROUB, BCRYPT_HORSE, BCRYPT_HORSE),
    'users': {
        'vars': {'s': 'auth'},
        'user': {'table': '${s}.users', 'key': 'id', 'id': 'auto', 'where': {'anonymous': False}, 'update': {'updated_at': '$now'}},
        'links': {'ids': {'table': '${s}.identities', 'as': 'many', 'on': {'user_id': '@id'}}},
        'profile': {
            'email': 'email', 'email_verified': {'col': 'email_confirmed_at', 'true': '$now', 'false': None},
            'blocked': {'col': 'banned_until', 'true': '$now', 'false': None}, 'deleted': {'col': 'deleted_at', 'true': '$now', 'false': None},
            'name': {'col': 'raw_user', 'json': 'name'}, 'app_metadata.tier': {'col': 'raw_app', 'json': 'plan.tier'},
            'phone_number': 'phone', 'created_at': {'col': 'created_at', 'time': 'datetime'}, 'last_login': {'col': 'last_sign_in_at', 'time': 'datetime'},
            'app_metadata.providers': {'list': 'ids', 'cols': {'provider': 't.provider', 'id': 't.provider_id'}}},
        'login': {'by': ['email'], 'touch': {'last_sign_in_at': '$now'}},
        'password': {'col': 'encrypted', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'create': {'unique': ['email'], 'defaults': {'email_verified': False, 'blocked': False},
                   'json': {'raw_app': {'provider': 'email', 'providers': ['email']}},
                   'after': ["INSERT INTO \"Side Car\".\"Log Book\" (\"Who\", \"What?\") VALUES (:id, 'create ' || :email)"]},
        'delete': {'steps': ["INSERT INTO \"Side Car\".\"Log Book\" (\"Who\", \"What?\") SELECT id, 'delete' FROM auth.users WHERE id = :id::uuid"]}},
    'people': [
        ('ADA@example.com', HORSE, 'OK', {'user_id': 'accounts|abcdef11-1111-4111-8111-111111111111', 'email_verified': True, 'name': 'Ada 🌻',
                                          'app_metadata': {'providers': [{'provider': 'github', 'id': '77'}], 'tier': 2}}),
        ('bob@example.com', TROUB, 'OK', {'email_verified': False, 'app_metadata': {'providers': []}}), ('cyd@example.com', HORSE, 'BLOCKED', {'blocked': True}),
        ('dan@example.com', HORSE, None, {})],
    'new': {'email': 'new.person@example.com', 'name': 'Néa 🌻', 'phone_number': '+49 30 1234', 'app_metadata': {'tier': 7}},
    'counted': ('auth.users', 'auth.identities', '"Side Car"."Log Book"'),
    'created': [1, 0, 1], 'left': [0, 0, 2], 'taken': 'ADA@example.com',
    'midlife': [("SELECT raw_app, confirmed_at IS NOT NULL, updated_at IS NOT NULL FROM auth.users WHERE id = '{id}'",
                 [['{"plan": {"tier": 7}, "provider": "email", "providers": ["email"]}', 't', 't']])],
}

# --- tables as a generator of code names them: capitals, enums, a domain, an array ----------------------
STORES['capitals'] = {
    'tables': """
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN', 'BANNED');
CREATE DOMAIN "Address" AS varchar(80) CHECK (VALUE LIKE '%@%');
CREATE TABLE "User" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "emailAddress" "Address" NOT NULL, "userName" text NOT NULL,
  "passwordHash" text NOT NULL DEFAULT '', "role" "Role" NOT NULL DEFAULT 'USER', "isVerified" boolean NOT NULL DEFAULT false, "tags" text[] NOT NULL DEFAULT '{}',
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" timestamp(3) NOT NULL, "select" char(4), "loginCount" smallint NOT NULL DEFAULT 0,
  "score" numeric(8,2), "lastIp" inet);
CREATE UNIQUE INDEX "User_emailAddress_key" ON "User" (lower("emailAddress"));
CREATE UNIQUE INDEX "User_userName_key" ON "User" ("userName");
CREATE TABLE "Setting" ("userId" bigint NOT NULL REFERENCES "User" ON DELETE RESTRICT, "key" text NOT NULL, "value" text, PRIMARY KEY ("userId", "key"));
CREATE FUNCTION noisy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'saw %', NEW; RAISE WARNING 'and again'; RETURN NEW; END $$;
CREATE TRIGGER "Noise" BEFORE INSERT OR UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION noisy();
""",
    'rows': """
INSERT INTO "User" ("emailAddress", "userName", "passwordHash", "role", "isVerified", "updatedAt", "select", "tags") VALUES
 ('Ada@example.com', 'Ada', '%s', 'ADMIN', true, now(), 'ab', '{x,y}'), ('bob@example.com', 'bob', '%s', 'BANNED', false, now(), NULL, '{}');
INSERT INTO "Setting" VALUES (1, 'lang', 'fr');
""" % (BCRYPT_HORSE, BCRYPT_TROUB),
    'users': {
        'user': {'table': 'User', 'key': 'id', 'id': 'auto', 'insert': {'updatedAt': '$now'}, 'update': {'updatedAt': '$now'}},
        'links': {'set': {'table': 'Setting', 'as': 'eav', 'on': {'userId': '@id'}, 'name': 'key', 'value': 'value'}},
        'profile': {
            'username': 'userName', 'email': 'emailAddress', 'email_verified': {'col': 'isVerified', 'bool': True},
            'blocked': {'col': 'role', 'true': 'BANNED', 'false': ['USER', 'ADMIN'], 'from': ['USER', 'BANNED']},
            'app_metadata.role': {'expr': 'u."role"::text'}, 'app_metadata.tags': {'expr': 'array_to_string(u."tags", \',\')'},
            'user_metadata.lang': 'set[lang]', 'user_metadata.code': 'select', 'user_metadata.score': 'score', 'logins_count': 'loginCount', 'last_ip': 'lastIp',
            'created_at': {'col': 'createdAt', 'time': 'datetime'}},
        'login': {'by': ['username', 'email'], 'touch': {'loginCount': '$count', 'lastIp': '$client_ip'}},
        'password': {'col': 'passwordHash', 'accept': ['bcrypt'], 'none': [''], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'create': {'unique': ['username', 'email'], 'defaults': {'blocked': False, 'email_verified': False}},
        'delete': {'steps': [{'delete': 'Setting', 'where': {'userId': '@id'}}]}},
    'people': [
        ('Ada', HORSE, 'OK', {'user_id': 'capitals|1', 'app_metadata': {'role': 'ADMIN', 'tags': 'x,y'}, 'user_metadata': {'lang': 'fr', 'code': 'ab'}}),
        ('ADA@example.com', HORSE, 'OK', {}), ('ada', HORSE, None, {}), ('bob', TROUB, 'BLOCKED', {'blocked': True})],
    'new': {'username': 'Nea', 'email': 'new.person@example.com', 'user_metadata': {'lang': 'de', 'score': '12.50'}},
    'counted': ('"User"', '"Setting"'), 'created': [1, 1], 'left': [0, 0], 'taken': 'ADA@example.com',
    'midlife': [('SELECT "role", "loginCount", "score" FROM "User" WHERE id = {id}', [['USER', '2', '12.50']])],
}

# --- rows behind a view that can be written, keys of bytes -----------------------------------
STORES['behind'] = {
    'tables': """
CREATE SCHEMA core;
CREATE TABLE core.member (mid bytea NOT NULL PRIMARY KEY, tenant int NOT NULL, nick text NOT NULL, mail text NOT NULL, secret bytea, state bit(1) NOT NULL DEFAULT B'1',
  seen bigint, UNIQUE (tenant, nick), UNIQUE (tenant, mail));
CREATE VIEW member AS SELECT mid, nick, mail, secret, state, seen, tenant FROM core.member WHERE tenant = 5 WITH CHECK OPTION;
""",
    'rows': """
INSERT INTO core.member VALUES ('\\x11111111111141118111111111111111', 5, 'ada', 'ada@example.com', '%s', B'1'), ('\\x22222222222242228222222222222222', 5, 'bob', 'bob@example.com', '%s', B'0'),
 ('\\x33333333333343338333333333333333', 6, 'eve', 'eve@example.com', '%s', B'1');
""" % (BCRYPT_HORSE, BCRYPT_TROUB, BCRYPT_HORSE),
    'users': {
        'user': {'table': 'member', 'key': 'mid', 'id': '$uuid', 'insert': {'tenant': 5}},
        'profile': {'username': 'nick', 'email': 'mail', 'blocked': {'col': 'state', 'true': 0, 'false': 1}, 'last_login': {'col': 'seen', 'time': 'unix_ms'}},
        'login': {'by': ['username', 'email'], 'touch': {'seen': '$now:unix_ms'}},
        'password': {'col': 'secret', 'accept': ['bcrypt'], 'none': [None], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'create': {'unique': ['username', 'email'], 'defaults': {'blocked': False}}},
    'people': [('ada', HORSE, 'OK', {'email': 'ada@example.com'}), ('bob', TROUB, 'BLOCKED', {}), ('eve', HORSE, None, {})],
    'new': {'username': 'nea', 'email': 'new.person@example.com'},
    'counted': ('core.member',), 'created': [1], 'left': [0], 'taken': 'ADA@example.com',
    'midlife': [("SELECT tenant, state, octet_length(mid), seen > 1600000000000 FROM core.member WHERE nick = 'nea'", [['5', '1', '16', 't']])],
}

# --- a key in two parts, facts that are rows or nothing, a group that others share ------------
STORES['parts'] = {
    'tables': """
CREATE TABLE account (host text NOT NULL, nick text NOT NULL, pw text NOT NULL, phone text, rights bit(8) NOT NULL DEFAULT B'10000001', PRIMARY KEY (host, nick));
CREATE TABLE fact (host text NOT NULL, nick text NOT NULL, name text NOT NULL, value text NOT NULL, PRIMARY KEY (host, nick, name));
CREATE TABLE team (id int PRIMARY KEY, label text NOT NULL DEFAULT '');
CREATE TABLE seat (nick text NOT NULL, team_id int NOT NULL REFERENCES team, PRIMARY KEY (nick, team_id));
""",
    'rows': """
INSERT INTO account VALUES ('b', 'ada', '%s', '+491'), ('a', 'ada', '%s', '+492'), ('b', 'bob', '%s', NULL), ('a', 'eve', '%s', NULL), ('a', 'nea ', 'x', NULL);
INSERT INTO fact VALUES ('b', 'ada', 'mail', 'ada@example.com'), ('b', 'ada', 'proved', 'yes'), ('a', 'ada', 'mail', 'other@example.com'),
 ('b', 'bob', 'shut', 'yes'), ('b', 'bob', 'mail', 'bob@example.com');
INSERT INTO team VALUES (1, 'all');
INSERT INTO seat VALUES ('ada', 1), ('nea', 1);
""" % (BCRYPT_HORSE, BCRYPT_TROUB, BCRYPT_TROUB, BCRYPT_HORSE),
    'users': {
        'user': {'table': 'account', 'key': 'nick', 'id': '$username', 'where': {'host': 'b'}},
        'links': {'fact': {'table': 'fact', 'as': 'eav', 'on': {'nick': '@nick'}, 'where': {'host': 'b'}, 'name': 'name', 'value': 'value'},
                  'seat': {'table': 'seat', 'on': {'nick': '@nick'}}, 'team': {'table': 'team', 'of': 'seat', 'on': {'id': '@seat.team_id'}}},
        'profile': {'username': 'nick', 'email': 'fact[mail]', 'email_verified': {'col': 'fact[proved]', 'true': 'yes', 'false': None},
                    'blocked': {'col': 'fact[shut]', 'true': 'yes', 'false': None}, 'app_metadata.team': 'team.label', 'app_metadata.rights': 'rights', 'phone_number': 'phone'},
        'login': {'by': ['username', 'email', 'phone_number']},
        'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'create': {'required': ['username', 'email'], 'defaults': {'blocked': False, 'email_verified': False}}},
    'people': [('ada', HORSE, 'OK', {'email': 'ada@example.com', 'email_verified': True, 'app_metadata': {'rights': '10000001', 'team': 'all'}}),
               ('bob', TROUB, 'BLOCKED', {}), ('eve', HORSE, None, {}), ('+491', HORSE, 'OK', {}), ('+492', HORSE, None, {})],
    'new': {'username': 'nea', 'email': 'new.person@example.com', 'app_metadata': {'rights': '00000011'}},
    'counted': ('account', 'fact', 'seat', 'team', "account WHERE pw = '%s'" % BCRYPT_TROUB), 'created': [1, 1, 0, 0, 0], 'left': [0, 0, -1, 0, 0],
    'taken': 'ADA@example.com',
    'midlife': [("SELECT name, value FROM fact WHERE nick = 'nea' ORDER BY name", [['mail', 'new.person@example.com'], ['proved', 'yes']]),
                ("SELECT rights FROM account WHERE nick = 'nea'", [['00000011']])],
}

# --- one table of facts: the row that is the user, and steps that take all of his -------------
STORES['facts'] = {
    'tables': """
CREATE TABLE fact (id serial PRIMARY KEY, nick text NOT NULL, name text NOT NULL, value text NOT NULL);
""",
    'rows': """
INSERT INTO fact (nick, name, value) VALUES ('ada', 'mail', 'ada@example.com'), ('ada', 'pw', '%s'), ('ada', 'door', 'left'), ('eve', 'door', 'right');
""" % BCRYPT_HORSE,
    'users': {
        'user': {'table': 'fact', 'key': 'nick', 'id': '$username', 'where': {'name': 'pw'}},
        'links': {'fact': {'table': 'fact', 'as': 'eav', 'on': {'nick': '@nick'}, 'name': 'name', 'value': 'value'}},
        'profile': {'username': 'nick', 'email': 'fact[mail]', 'app_metadata.door': 'fact[door]'},
        'login': {'by': ['username', 'email'], 'touch': {}},
        'password': {'col': 'value', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
        'delete': {'steps': [{'delete': 'fact', 'where': {'nick': '@nick'}}]}},
    'people': [('ada', HORSE, 'OK', {'email': 'ada@example.com', 'app_metadata': {'door': 'left'}}), ('eve', HORSE, None, {})],
    'new': {'username': 'nea', 'email': 'new.person@example.com', 'app_metadata': {'door': 'front'}},
    'counted': ('fact',), 'created': [3], 'left': [0], 'taken': 'ADA@example.com',
    'midlife': [("SELECT name FROM fact WHERE nick = 'nea' ORDER BY name", [['door'], ['mail'], ['pw']])],
}
