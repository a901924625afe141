// How far the box has followed the cloud, read beside both.
import BetterSqlite from 'better-sqlite3';

export function heads(boxPath: string, cloudPath: string): {readonly box: number; readonly cloud: number} {
  return {
    box: number(boxPath, "SELECT seq FROM log_head WHERE log = 'down'"),
    cloud: number(cloudPath, "SELECT seq FROM site_head WHERE log = 'down'"),
  };
}

function number(path: string, sql: string): number {
  const database = new BetterSqlite(path, {readonly: true});
  try {
    return database.prepare<[], number>(sql).pluck().get() ?? 0;
  } finally {
    database.close();
  }
}
