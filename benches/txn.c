/*
 * The yardstick: what a reservation and its commit cost in plain C, linked with the very SQLite
 * that the program is linked with. It runs the same statements on the same kind of file in the
 * same order, with the same settings, queue, checkpoint rule and flush, and knows nothing else:
 * no names, units, zones, hashes, JSON or errors to explain.
 *
 *   txn reserve LEDGER BUDGET ATOMS     prints an id
 *   txn commit  LEDGER ID ATOMS         prints what was charged
 *   txn status  LEDGER BUDGET -         prints what is spent and left
 *   txn exec    LEDGER BUDGET ATOMS     reserves, runs `true`, and commits; no owner file
 *   txn fill    LEDGER BUDGET PAIRS     adds so many reserve-commit pairs, 1,000 a transaction
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sqlite3.h"

static sqlite3 *db;
static const char *path;
static int64_t wall_us, boot_us, boot;

static void fail(const char *what) {
  fprintf(stderr, "txn: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
  _exit(1);
}

static void must(int rc, const char *what) {
  if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE) fail(what);
}

static int64_t micros(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void read_clocks(void) {
  wall_us = micros(CLOCK_REALTIME);
  boot_us = micros(CLOCK_BOOTTIME);
}

/* Every statement is prepared once, by its place in this list. */
enum statement {
  HEAD, STAMP, DUE, VERSION, BUDGET, LIMITS, LAST_ENTRY, INSERT_RESERVATION, PUT_STAKE,
  PUT_HOLDING, INSERT_ENTRY, INSERT_POSTING, MOVE_WINDOW, RESERVATION, STAKES, HOLDINGS, LIMIT,
  END_RESERVATION, NOOP, PASSIVE, STANDINGS, OPEN, UNKNOWN, STATEMENTS
};

static const char *const SQL[STATEMENTS] = {
  [HEAD] = "SELECT uuid, wall_us, boot_us, boot, units FROM ledger WHERE id = 1",
  [STAMP] = "UPDATE ledger SET wall_us = ?1, boot_us = ?2, boot = ?3 WHERE id = 1",
  [DUE] = "SELECT id FROM reservation WHERE state = 'open' AND expires_boot_us < ?1 "
          "ORDER BY expires_boot_us LIMIT ?2",
  [VERSION] = "PRAGMA user_version",
  [BUDGET] = "SELECT id, name, state, zone, anchor, on_unknown, reserve, caps, warn, note "
             "FROM budget WHERE name = ?1 AND state <> 'closed'",
  [LIMITS] = "SELECT l.id, l.unit, l.period, l.amount, l.overage, w.id, w.start_us, w.end_us, "
             "w.amount, w.granted, w.spent, w.reserved, w.debt, w.over "
             "FROM budget_limit l LEFT JOIN limit_window w ON w.id = l.window "
             "WHERE l.budget = ?1 AND l.removed = 0 ORDER BY l.unit, l.period",
  [LAST_ENTRY] = "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1",
  [INSERT_RESERVATION] =
      "INSERT INTO reservation (id, budgets, state, parent, owner, session, created_us, "
      "expires_us, expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, "
      "detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
      "?17)",
  [PUT_STAKE] = "INSERT INTO stake (reservation, unit, reserved, charged, nested) "
                "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (reservation, unit) DO UPDATE SET "
                "reserved = excluded.reserved, charged = excluded.charged, "
                "nested = excluded.nested",
  [PUT_HOLDING] = "INSERT INTO holding (reservation, window, source, atoms) "
                  "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (reservation, window, source) "
                  "DO UPDATE SET atoms = excluded.atoms",
  [INSERT_ENTRY] = "INSERT INTO entry (seq, at_us, kind, budgets, reservation, session, "
                   "corrects, amounts, detail, hash) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
  [INSERT_POSTING] = "INSERT INTO posting (entry, window, effective_us, granted, spent, "
                     "reserved, debt, over) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
  [MOVE_WINDOW] = "UPDATE limit_window SET granted = granted + ?2, spent = spent + ?3, "
                  "reserved = reserved + ?4, debt = debt + ?5, over = coalesce(?6, over) "
                  "WHERE id = ?1",
  [RESERVATION] = "SELECT id, budgets, state, parent, owner, session, created_us, expires_us, "
                  "expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, "
                  "detail, settled_by FROM reservation WHERE id = ?1",
  [STAKES] = "SELECT unit, reserved, charged, nested FROM stake WHERE reservation = ?1 "
             "ORDER BY unit",
  [HOLDINGS] = "SELECT h.reservation, h.window, h.source, h.atoms, w.limit_id FROM holding h "
               "JOIN limit_window w ON w.id = h.window WHERE h.reservation = ?1 "
               "ORDER BY h.source DESC, h.window",
  [LIMIT] = "SELECT l.id, l.unit, l.period, l.amount, l.overage, w.id, w.start_us, w.end_us, "
            "w.amount, w.granted, w.spent, w.reserved, w.debt, w.over, b.id, b.name, "
            "b.state, b.zone, b.anchor, b.on_unknown, b.reserve, b.caps, b.warn, b.note "
            "FROM budget_limit l JOIN budget b ON b.id = l.budget "
            "LEFT JOIN limit_window w ON w.id = l.window WHERE l.id = ?1",
  [END_RESERVATION] = "UPDATE reservation SET state = ?2, unknown = ?3, late = ?4, "
                      "settled_by = ?5 WHERE id = ?1",
  [STANDINGS] = "SELECT l.id, l.unit, l.period, l.amount, l.overage, w.id, w.start_us, w.end_us, "
                "w.amount, w.granted, w.spent, w.reserved, w.debt, w.over, b.id, b.name, "
                "b.state, b.zone, b.anchor, b.on_unknown, b.reserve, b.caps, b.warn, b.note "
                "FROM budget b LEFT JOIN budget_limit l ON l.budget = b.id AND l.removed = 0 "
                "LEFT JOIN limit_window w ON w.id = l.window WHERE b.state <> 'closed' "
                "AND b.name >= ?1 AND b.name < ?2 ORDER BY b.name, l.unit, l.period",
  [OPEN] = "SELECT id, budgets, state, parent, owner, session, created_us, expires_us, "
           "expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, "
           "detail, settled_by FROM reservation INDEXED BY reservation_due "
           "WHERE state = 'open' ORDER BY id",
  [UNKNOWN] = "SELECT id, budgets, state, parent, owner, session, created_us, expires_us, "
              "expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, "
              "detail, settled_by FROM reservation INDEXED BY reservation_unknown "
              "WHERE unknown = 1 AND late = 0 ORDER BY id",
  [NOOP] = "PRAGMA wal_checkpoint(NOOP)",
  [PASSIVE] = "PRAGMA wal_checkpoint(PASSIVE)",
};

static sqlite3_stmt *prepared[STATEMENTS];

static sqlite3_stmt *get(enum statement which) {
  if (!prepared[which])
    must(sqlite3_prepare_v3(db, SQL[which], -1, SQLITE_PREPARE_PERSISTENT, &prepared[which], 0),
         SQL[which]);
  return prepared[which];
}

static void number(enum statement which, int at, int64_t value) {
  sqlite3_bind_int64(get(which), at, value);
}

static void text(enum statement which, int at, const char *value) {
  sqlite3_bind_text(get(which), at, value, -1, SQLITE_STATIC);
}

static void bytes(enum statement which, int at, const void *value, int length) {
  sqlite3_bind_blob(get(which), at, value, length, SQLITE_STATIC);
}

/* Runs a statement to its end; the columns of its only row are read by `each`. */
static int run(enum statement which, void (*each)(sqlite3_stmt *)) {
  int rows = 0, rc;
  sqlite3_stmt *statement = get(which);
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
    rows++;
    if (each) each(statement);
  }
  must(rc, SQL[which]);
  sqlite3_reset(statement);
  return rows;
}

static void exec(const char *sql) { must(sqlite3_exec(db, sql, 0, 0, 0), sql); }

static int64_t frames, version, budget, window, room, seq;
static int64_t limit_id, created_us, held;
static char budgets[1100], unit[40];

static void each_frames(sqlite3_stmt *s) { frames = sqlite3_column_int64(s, 1); }
static void each_version(sqlite3_stmt *s) { version = sqlite3_column_int64(s, 0); }
static void each_head(sqlite3_stmt *s) { boot = sqlite3_column_int64(s, 3); }
static void each_budget(sqlite3_stmt *s) { budget = sqlite3_column_int64(s, 0); }
static void each_entry(sqlite3_stmt *s) { seq = sqlite3_column_int64(s, 0); }
static void each_limit(sqlite3_stmt *s) {
  snprintf(unit, sizeof unit, "%s", (const char *)sqlite3_column_text(s, 1));
  window = sqlite3_column_int64(s, 5);
  room = sqlite3_column_int64(s, 8) + sqlite3_column_int64(s, 9) - sqlite3_column_int64(s, 10) -
         sqlite3_column_int64(s, 11) - sqlite3_column_int64(s, 12);
}
static void each_reservation(sqlite3_stmt *s) {
  snprintf(budgets, sizeof budgets, "%s", (const char *)sqlite3_column_text(s, 1));
  created_us = sqlite3_column_int64(s, 6);
}
static void each_stake(sqlite3_stmt *s) {
  snprintf(unit, sizeof unit, "%s", (const char *)sqlite3_column_text(s, 0));
}
static void each_holding(sqlite3_stmt *s) {
  window = sqlite3_column_int64(s, 1);
  held = sqlite3_column_int64(s, 3);
  limit_id = sqlite3_column_int64(s, 4);
}

static int wait_a_little(void *unused, int round) {
  (void)unused;
  usleep(500 + (unsigned)(getpid() * 31 + round * 17) % 2000);
  return round < 6666;
}

static void open_ledger(void) {
  /* TXN_DEFAULT_MEMORY leaves SQLite's preallocated page cache as it is. */
  if (!getenv("TXN_DEFAULT_MEMORY")) sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0);
  must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, 0), "open");
  sqlite3_busy_handler(db, wait_a_little, 0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, (int *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, (int *)0);
  exec("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
  sqlite3_stmt *s;
  must(sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &s, 0), "application_id");
  if (sqlite3_step(s) != SQLITE_ROW || sqlite3_column_int64(s, 0) != 0x62646774) fail("foreign");
  sqlite3_finalize(s);
}

static int begin(const enum statement *hot, int count) {
  char lock_path[4096];
  for (int i = 0; i < count; i++) get(hot[i]);
  snprintf(lock_path, sizeof lock_path, "%s.lock", path);
  int lock = open(lock_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0 || flock(lock, LOCK_EX)) fail("lock");
  run(NOOP, each_frames);
  if (frames >= 140) run(PASSIVE, 0);
  exec("BEGIN IMMEDIATE");
  run(VERSION, each_version);
  if (version != 2) fail("version");
  run(HEAD, each_head);
  read_clocks();
  number(DUE, 1, boot_us);
  number(DUE, 2, 100);
  run(DUE, 0);
  return lock;
}

static void end(int lock) {
  char file[4096];
  unsigned char header[16];
  number(STAMP, 1, wall_us);
  number(STAMP, 2, boot_us);
  number(STAMP, 3, boot);
  run(STAMP, 0);
  exec("COMMIT");
  close(lock);
  snprintf(file, sizeof file, "%s-wal", path);
  int log = open(file, O_RDONLY | O_CLOEXEC);
  if (log < 0 || fdatasync(log) || pread(log, header, 16, 0) != 16) fail("sync");
  if (!memcmp(header + 12, "\0\0\0\0", 4)) {
    char *slash = strrchr(strcpy(file, path), '/');
    if (slash) *slash = 0;
    int directory = open(slash ? file : ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (directory < 0 || fsync(directory)) fail("sync directory");
    close(directory);
  }
  close(log);
}

static void new_id(unsigned char id[16]) {
  int64_t ms = wall_us / 1000;
  for (int i = 0; i < 6; i++) id[i] = (unsigned char)(ms >> (8 * (5 - i)));
  if (getrandom(id + 6, 10, 0) != 10) fail("random");
}

static void append(const char *kind, const unsigned char id[16], int64_t amount) {
  static unsigned char hash[32];
  char amounts[80];
  run(LAST_ENTRY, each_entry);
  seq++;
  snprintf(amounts, sizeof amounts, "{\"%s\":%lld}", unit, (long long)amount);
  number(INSERT_ENTRY, 1, seq);
  number(INSERT_ENTRY, 2, wall_us);
  text(INSERT_ENTRY, 3, kind);
  text(INSERT_ENTRY, 4, budgets);
  bytes(INSERT_ENTRY, 5, id, 16);
  text(INSERT_ENTRY, 8, amounts);
  text(INSERT_ENTRY, 9, "");
  bytes(INSERT_ENTRY, 10, hash, 32);
  run(INSERT_ENTRY, 0);
}

static void post(int64_t effective_us, int64_t spent, int64_t reserved) {
  number(INSERT_POSTING, 1, seq);
  number(INSERT_POSTING, 2, window);
  number(INSERT_POSTING, 3, effective_us);
  number(INSERT_POSTING, 4, 0);
  number(INSERT_POSTING, 5, spent);
  number(INSERT_POSTING, 6, reserved);
  number(INSERT_POSTING, 7, 0);
  run(INSERT_POSTING, 0);
  number(MOVE_WINDOW, 1, window);
  number(MOVE_WINDOW, 2, 0);
  number(MOVE_WINDOW, 3, spent);
  number(MOVE_WINDOW, 4, reserved);
  number(MOVE_WINDOW, 5, 0);
  run(MOVE_WINDOW, 0);
}

static void put_stake(const unsigned char id[16], int64_t reserved, const int64_t *charged) {
  bytes(PUT_STAKE, 1, id, 16);
  text(PUT_STAKE, 2, unit);
  number(PUT_STAKE, 3, reserved);
  if (charged) number(PUT_STAKE, 4, *charged); else sqlite3_bind_null(get(PUT_STAKE), 4);
  run(PUT_STAKE, 0);
}

static void put_holding(const unsigned char id[16], int64_t atoms) {
  bytes(PUT_HOLDING, 1, id, 16);
  number(PUT_HOLDING, 2, window);
  bytes(PUT_HOLDING, 3, "", 0);
  number(PUT_HOLDING, 4, atoms);
  run(PUT_HOLDING, 0);
}

static void do_reserve(const char *name, int64_t atoms, const unsigned char id[16]) {
  text(BUDGET, 1, name);
  if (run(BUDGET, each_budget) != 1) fail("no such budget");
  run(BUDGET, each_budget);
  number(LIMITS, 1, budget);
  run(LIMITS, each_limit);
  if (!window || room < atoms) fail("denied");
  snprintf(budgets, sizeof budgets, "%s", name);
  bytes(INSERT_RESERVATION, 1, id, 16);
  text(INSERT_RESERVATION, 2, name);
  text(INSERT_RESERVATION, 3, "open");
  number(INSERT_RESERVATION, 7, wall_us);
  number(INSERT_RESERVATION, 8, wall_us + 65000000);
  number(INSERT_RESERVATION, 9, boot_us + 65000000);
  number(INSERT_RESERVATION, 10, boot);
  number(INSERT_RESERVATION, 11, 60000);
  number(INSERT_RESERVATION, 12, 5000);
  text(INSERT_RESERVATION, 14, "charge");
  number(INSERT_RESERVATION, 15, 0);
  number(INSERT_RESERVATION, 16, 0);
  text(INSERT_RESERVATION, 17, "");
  run(INSERT_RESERVATION, 0);
  put_stake(id, atoms, 0);
  put_holding(id, atoms);
  append("reserved", id, atoms);
  post(wall_us, 0, atoms);
}

static void find(const unsigned char id[16]) {
  bytes(RESERVATION, 1, id, 16);
  if (run(RESERVATION, each_reservation) != 1) fail("no such reservation");
  bytes(STAKES, 1, id, 16);
  run(STAKES, each_stake);
}

static void do_commit(const unsigned char id[16], int64_t atoms) {
  find(id);
  bytes(HOLDINGS, 1, id, 16);
  run(HOLDINGS, each_holding);
  int64_t reserved = held;
  number(LIMIT, 1, limit_id);
  run(LIMIT, each_limit);
  if (atoms > reserved) fail("more than reserved");
  put_holding(id, 0);
  append("committed", id, atoms);
  post(created_us, atoms, -reserved);
  bytes(END_RESERVATION, 1, id, 16);
  text(END_RESERVATION, 2, "committed");
  number(END_RESERVATION, 3, 0);
  number(END_RESERVATION, 4, 0);
  number(END_RESERVATION, 5, seq);
  run(END_RESERVATION, 0);
  put_stake(id, reserved, &atoms);
  find(id);
}

static void status(const char *name) {
  char beyond[1100];
  exec("BEGIN DEFERRED");
  run(VERSION, each_version);
  if (version != 2) fail("version");
  run(HEAD, each_head);
  read_clocks();
  number(DUE, 1, boot_us);
  number(DUE, 2, 100);
  run(DUE, 0);
  snprintf(beyond, sizeof beyond, "%s\x7f", name);
  text(STANDINGS, 1, name);
  text(STANDINGS, 2, beyond);
  if (!run(STANDINGS, each_limit)) fail("no such budget");
  run(OPEN, 0);
  run(UNKNOWN, 0);
  exec("ROLLBACK");
  printf("%s: %lld %s left\n", name, (long long)room, unit);
}

static void run_true(void) {
  extern char **environ;
  pid_t child;
  int how;
  if (posix_spawnp(&child, "true", 0, 0, (char *[]){"true", 0}, environ)) fail("spawn");
  if (waitpid(child, &how, 0) != child || how) fail("true");
}

static void fill(const char *name, long pairs) {
  unsigned char id[16];
  read_clocks();
  int64_t start_us = wall_us - (int64_t)pairs * 1000;
  for (long i = 0; i < pairs; i++) {
    if (i % 1000 == 0) {
      run(NOOP, each_frames);
      if (frames >= 140) run(PASSIVE, 0);
      exec("BEGIN IMMEDIATE");
      if (i == 0) run(HEAD, each_head);
    }
    wall_us = start_us + i * 1000;
    new_id(id);
    do_reserve(name, 1000000, id);
    do_commit(id, 310000);
    if (i % 1000 == 999 || i == pairs - 1) exec("COMMIT");
  }
  run(PASSIVE, 0);
}

int main(int argc, char **argv) {
  static const enum statement RESERVE[] = {HEAD, STAMP, DUE, BUDGET, LIMITS, LAST_ENTRY,
    INSERT_RESERVATION, PUT_STAKE, PUT_HOLDING, INSERT_ENTRY, INSERT_POSTING, MOVE_WINDOW};
  static const enum statement COMMIT[] = {HEAD, STAMP, DUE, RESERVATION, STAKES, HOLDINGS,
    PUT_HOLDING, LAST_ENTRY, INSERT_ENTRY, INSERT_POSTING, MOVE_WINDOW, PUT_STAKE, LIMIT,
    END_RESERVATION};
  unsigned char id[16];
  if (argc != 5) fail("usage: txn reserve|commit|status|exec|fill LEDGER WHAT NUMBER");
  path = argv[2];
  long long atoms = atoll(argv[4]);
  open_ledger();
  if (!strcmp(argv[1], "reserve")) {
    int lock = begin(RESERVE, sizeof RESERVE / sizeof *RESERVE);
    new_id(id);
    do_reserve(argv[3], atoms, id);
    end(lock);
    for (int i = 0; i < 16; i++) printf("%02x", id[i]);
    printf("\n");
  } else if (!strcmp(argv[1], "commit")) {
    for (int i = 0; i < 16; i++) {
      unsigned byte;
      if (sscanf(argv[3] + 2 * i, "%2x", &byte) != 1) fail("id");
      id[i] = (unsigned char)byte;
    }
    int lock = begin(COMMIT, sizeof COMMIT / sizeof *COMMIT);
    do_commit(id, atoms);
    end(lock);
    printf("charged %lld\n", atoms);
  } else if (!strcmp(argv[1], "status")) {
    status(argv[3]);
  } else if (!strcmp(argv[1], "exec")) {
    int lock = begin(RESERVE, sizeof RESERVE / sizeof *RESERVE);
    new_id(id);
    do_reserve(argv[3], atoms, id);
    end(lock);
    run_true();
    lock = begin(COMMIT, sizeof COMMIT / sizeof *COMMIT);
    do_commit(id, atoms);
    end(lock);
  } else {
    fill(argv[3], (long)atoms);
  }
  fflush(stdout);
  _exit(0);
}
