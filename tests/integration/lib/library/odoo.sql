CREATE TABLE res_country (id serial PRIMARY KEY, code varchar(2));
CREATE TABLE res_company (id serial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE res_partner (id serial PRIMARY KEY, name varchar, email varchar, email_normalized varchar, phone varchar, lang varchar, tz varchar, country_id integer REFERENCES res_country,
  active boolean, write_date timestamp, type varchar);
CREATE TABLE res_users (id serial PRIMARY KEY, company_id integer NOT NULL REFERENCES res_company, partner_id integer NOT NULL REFERENCES res_partner, active boolean DEFAULT true,
  create_date timestamp, login varchar NOT NULL UNIQUE, password varchar, share boolean, write_date timestamp, notification_type varchar NOT NULL);
CREATE TABLE res_groups_users_rel (gid integer NOT NULL, uid integer NOT NULL REFERENCES res_users ON DELETE CASCADE, PRIMARY KEY (gid, uid));
CREATE TABLE res_company_users_rel (cid integer NOT NULL REFERENCES res_company, user_id integer NOT NULL REFERENCES res_users ON DELETE CASCADE, PRIMARY KEY (cid, user_id));
INSERT INTO res_country (code) VALUES ('GB');
INSERT INTO res_company (name) VALUES ('My Company');
INSERT INTO res_partner (name, email, email_normalized, phone, lang, tz, country_id, active) VALUES
  ('Ada L', 'Ada@example.com', 'ada@example.com', '+44 20 7946 0000', 'en_GB', 'Europe/London', 1, true), ('Bob', NULL, NULL, NULL, NULL, NULL, NULL, true);
INSERT INTO res_users (company_id, partner_id, active, create_date, login, password, share, notification_type) VALUES
  (1, 1, true, '2020-02-03 04:05:06.789', 'ada', '@passlib@', false, 'email'), (1, 2, false, '2020-02-03 04:05:06', 'bob', '@passlib@', true, 'email');
INSERT INTO res_groups_users_rel VALUES (1, 1), (9, 1);
INSERT INTO res_company_users_rel VALUES (1, 1);
