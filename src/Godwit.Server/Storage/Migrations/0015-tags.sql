-- Tags of any resource; resource is the ARN's last part, for example job/AFR_OTA-rel42.
CREATE TABLE resource_tag (
  account TEXT NOT NULL,
  resource TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  PRIMARY KEY (account, resource, tag_key)
) STRICT, WITHOUT ROWID;
