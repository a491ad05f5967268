-- People who sign in to the console, and their sessions. A session is known by the hash of its token alone, so a copy of the database opens none.
CREATE TABLE console_user (
  account TEXT NOT NULL,
  user_name TEXT NOT NULL,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  password_at_ms INTEGER NOT NULL,
  last_sign_in_at_ms INTEGER,
  PRIMARY KEY (account, user_name)
) STRICT;

CREATE TABLE console_session (
  token_hash TEXT NOT NULL,
  account TEXT NOT NULL,
  user_name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (token_hash)
) STRICT;
CREATE INDEX console_session_of_user ON console_session (account, user_name);
