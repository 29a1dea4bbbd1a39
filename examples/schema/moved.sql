-- The table of ids that came here from another store, or were deleted since; `idbc check --create`
-- makes it in a store that users are moved to.  Of each engine take its own part.  State: 1 moved,
-- 2 his password was changed since, 3 deleted; 256 more once what his profile lacked was looked
-- for in the old store.  Bytes are compared; moved_at is milliseconds since 1970, by the
-- database's clock.

-- [mysql] MariaDB and MySQL
CREATE TABLE IF NOT EXISTS idbc_moved (
	legacy_id varbinary(1024) NOT NULL,
	moved_at bigint NOT NULL,
	state smallint NOT NULL,
	PRIMARY KEY (legacy_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

-- [postgresql] PostgreSQL
CREATE TABLE IF NOT EXISTS idbc_moved (
	legacy_id varchar(1024) COLLATE "C" NOT NULL,
	moved_at bigint NOT NULL,
	state smallint NOT NULL,
	PRIMARY KEY (legacy_id)
);

-- [sqlite] SQLite
CREATE TABLE IF NOT EXISTS idbc_moved (
	legacy_id text NOT NULL PRIMARY KEY,
	moved_at integer NOT NULL,
	state integer NOT NULL
) WITHOUT ROWID;

-- [mssql] SQL Server
IF OBJECT_ID(N'idbc_moved', N'U') IS NULL CREATE TABLE idbc_moved (
	legacy_id nvarchar(700) COLLATE Latin1_General_100_BIN2 NOT NULL,
	moved_at bigint NOT NULL,
	state smallint NOT NULL,
	CONSTRAINT idbc_moved_pk PRIMARY KEY NONCLUSTERED (legacy_id)
);
