CREATE TABLE authentication (key varchar(255) PRIMARY KEY);
CREATE TABLE groups (id serial PRIMARY KEY, name varchar(255) NOT NULL);
CREATE TABLE users (
  id serial PRIMARY KEY, email varchar(255) NOT NULL, name varchar(255) NOT NULL, "providerId" varchar(255), password varchar(255), "tfaIsActive" boolean NOT NULL DEFAULT false,
  "tfaSecret" varchar(255), "jobTitle" varchar(255) DEFAULT '', location varchar(255) DEFAULT '', "pictureUrl" varchar(255), timezone varchar(255) NOT NULL DEFAULT 'America/New_York',
  "isSystem" boolean NOT NULL DEFAULT false, "isActive" boolean NOT NULL DEFAULT false, "isVerified" boolean NOT NULL DEFAULT false, "mustChangePwd" boolean NOT NULL DEFAULT false,
  "createdAt" varchar(255) NOT NULL, "updatedAt" varchar(255) NOT NULL, "providerKey" varchar(255) NOT NULL DEFAULT 'local' REFERENCES authentication,
  "localeCode" varchar(5) NOT NULL DEFAULT 'en', "defaultEditor" varchar(255) NOT NULL DEFAULT 'markdown', "lastLoginAt" varchar(255), UNIQUE ("providerKey", email));
CREATE TABLE "userGroups" (id serial PRIMARY KEY, "userId" integer REFERENCES users ON DELETE CASCADE, "groupId" integer REFERENCES groups ON DELETE CASCADE);
CREATE TABLE "userKeys" (id serial PRIMARY KEY, kind varchar(255) NOT NULL, "userId" integer REFERENCES users);
CREATE TABLE pages (id serial PRIMARY KEY, title varchar(255) NOT NULL, "authorId" integer REFERENCES users, "creatorId" integer REFERENCES users);
CREATE TABLE "pageHistory" (id serial PRIMARY KEY, "authorId" integer REFERENCES users);
CREATE TABLE comments (id serial PRIMARY KEY, "authorId" integer REFERENCES users);
CREATE TABLE assets (id serial PRIMARY KEY, "authorId" integer REFERENCES users);
INSERT INTO authentication VALUES ('local'), ('github');
INSERT INTO groups (name) VALUES ('Administrators'), ('Guests');
INSERT INTO users (email, name, password, "isSystem", "isActive", "isVerified", "mustChangePwd", "createdAt", "updatedAt", "providerKey") VALUES
  ('ada@example.com', 'Ada L', '@bcrypt@', false, true, true, false, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'local'),
  ('guest@example.com', 'Guest', '', true, true, true, false, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'local'),
  ('bob@example.com', 'Bob', '@bcrypt@', false, false, true, false, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'local'),
  ('cyd@example.com', 'Cyd', '@bcrypt@', false, true, false, false, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'local'),
  ('dee@example.com', 'Dee', '@bcrypt@', false, true, true, true, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'local'),
  ('eve@example.com', 'Eve', NULL, false, true, true, false, '2020-02-03T04:05:06.789Z', '2020-02-03T04:05:06.789Z', 'github');
INSERT INTO "userGroups" ("userId", "groupId") VALUES (1, 1), (2, 2);
INSERT INTO pages (title, "authorId", "creatorId") VALUES ('home', 1, 1);
