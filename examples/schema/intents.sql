-- The table of intents that "delete": {"intents": "idbc_intents"} names; `idbc check --create`
-- makes it.  Of each engine take its own part.  A row says of one user's id that his delete is
-- under way (state 1) or done (2, the id is not used again), or that somebody makes a user of an
-- identifier (3, a scope of its own), or that he was deleted and his row stays (4).  Bytes are
-- compared; times are milliseconds since 1970, by the database's clock.

-- [mysql] MariaDB and MySQL
CREATE TABLE IF NOT EXISTS idbc_intents (
	scope varbinary(255) NOT NULL,
	native_id varbinary(1024) NOT NULL,
	state tinyint NOT NULL,
	connection varbinary(255) NOT NULL,
	token varbinary(64) NOT NULL,
	lease_end bigint NOT NULL,
	profile_store tinyint NOT NULL,
	written_at bigint NOT NULL,
	PRIMARY KEY (scope, native_id),
	KEY idbc_intents_lease (scope, state, lease_end)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

-- [postgresql] PostgreSQL
CREATE TABLE IF NOT EXISTS idbc_intents (
	scope varchar(255) COLLATE "C" NOT NULL,
	native_id varchar(1024) COLLATE "C" NOT NULL,
	state smallint NOT NULL,
	connection varchar(255) COLLATE "C" NOT NULL,
	token varchar(64) COLLATE "C" NOT NULL,
	lease_end bigint NOT NULL,
	profile_store smallint NOT NULL,
	written_at bigint NOT NULL,
	PRIMARY KEY (scope, native_id)
);
CREATE INDEX IF NOT EXISTS idbc_intents_lease ON idbc_intents (scope, state, lease_end);

-- [sqlite] SQLite
CREATE TABLE IF NOT EXISTS idbc_intents (
	scope text NOT NULL,
	native_id text NOT NULL,
	state integer NOT NULL,
	connection text NOT NULL,
	token text NOT NULL,
	lease_end integer NOT NULL,
	profile_store integer NOT NULL,
	written_at integer NOT NULL,
	PRIMARY KEY (scope, native_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idbc_intents_lease ON idbc_intents (scope, state, lease_end);

-- [mssql] SQL Server
IF OBJECT_ID(N'idbc_intents', N'U') IS NULL CREATE TABLE idbc_intents (
	scope nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
	native_id nvarchar(700) COLLATE Latin1_General_100_BIN2 NOT NULL,
	state smallint NOT NULL,
	connection nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
	token varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
	lease_end bigint NOT NULL,
	profile_store smallint NOT NULL,
	written_at bigint NOT NULL,
	CONSTRAINT idbc_intents_pk PRIMARY KEY NONCLUSTERED (scope, native_id),
	INDEX idbc_intents_lease (scope, state, lease_end)
);
