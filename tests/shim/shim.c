/* Stands between a program and the file calls it makes below one directory: writes down what it
 * did, in one order for all processes, or lets a call fail. Built by the tests, preloaded into the
 * binary, never part of the product.
 *
 *   SHIM_ROOT         the directory, absolute and without links; nothing else is touched
 *   SHIM_RECORD       a file that gets a record of every change, every flush and every line that
 *                     goes to stdout (see struct record)
 *   SHIM_FAULT        the n-th counted call of the process fails; 0 only counts
 *   SHIM_FAULT_ERRNO  how: ENOSPC or EIO
 *   SHIM_FAULT_STICKY if set, every counted call after it fails as well
 *   SHIM_FAULT_LOG    a file that gets a line when the fault happens
 *   SHIM_FSYNC_US     how long each flush takes longer, in microseconds
 *
 * Memory that is mapped (the -shm) is not seen: it does not outlive a power cut.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 1024

enum kind {
    CREATE = 'C', MAKE_DIR = 'M', UNLINK = 'U', RENAME = 'R', WRITE = 'W', TRUNCATE = 'T',
    ALLOCATE = 'L', SYNC_BEGINS = 'B', SYNC_ENDS = 'E', ACKNOWLEDGE = 'A',
};

/* Flags of SYNC_BEGINS: what was called, and on what kind of descriptor. */
enum { DATA_ONLY = 1, READ_ONLY = 2, DIRECTORY = 4 };

/* One record; `len` bytes follow: the data of a write, else the path below the root (of a rename
 * both, with a zero byte between them; of an acknowledgement the line). */
struct record {
    uint32_t kind, pid;
    uint64_t inode, offset, flags, len;
};

static const char *root, *fault_log;
static size_t root_len;
static long fault_at = -1, calls, fsync_us;
static int fault_errno = EIO, is_sticky, record_fd = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *paths[FILES];
static int modes[FILES];

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_mkdir)(const char *, mode_t);

__attribute__((constructor)) static void start(void) {
    real_open = dlsym(RTLD_NEXT, "open");
    real_openat = dlsym(RTLD_NEXT, "openat");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fallocate = dlsym(RTLD_NEXT, "fallocate64");
    real_posix_fallocate = dlsym(RTLD_NEXT, "posix_fallocate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_mkdir = dlsym(RTLD_NEXT, "mkdir");
    root = getenv("SHIM_ROOT");
    if (!root) return;
    root_len = strlen(root);
    const char *record = getenv("SHIM_RECORD");
    if (record) record_fd = real_open(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *text = getenv("SHIM_FAULT");
    if (text) fault_at = atol(text);
    text = getenv("SHIM_FAULT_ERRNO");
    if (text && !strcmp(text, "ENOSPC")) fault_errno = ENOSPC;
    is_sticky = getenv("SHIM_FAULT_STICKY") != NULL;
    fault_log = getenv("SHIM_FAULT_LOG");
    text = getenv("SHIM_FSYNC_US");
    if (text) fsync_us = atol(text);
}

/* The part of a path below the root, or nothing. */
static const char *below(const char *path) {
    if (!root || !path || strncmp(path, root, root_len)) return NULL;
    if (path[root_len] == 0) return "";
    return path[root_len] == '/' ? path + root_len + 1 : NULL;
}

static const char *path_of(int fd) {
    return fd >= 0 && fd < FILES ? paths[fd] : NULL;
}

/* Counts a call; whether it has to fail, with errno set. */
static int fails(const char *call, const char *path) {
    if (fault_at < 0) return 0;
    long n = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (fault_at == 0 || n < fault_at || (n > fault_at && !is_sticky)) return 0;
    if (fault_log && n == fault_at) {
        char line[512];
        int len = snprintf(line, sizeof line, "%ld %s %s\n", n, call, path);
        int fd = real_open(fault_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd >= 0 && real_write(fd, line, (size_t)len) < 0) abort();
        if (fd >= 0) real_close(fd);
    }
    errno = fault_errno;
    return 1;
}

/* From here on no other process and no other thread changes anything. */
static void enter(void) {
    if (record_fd < 0) return;
    pthread_mutex_lock(&mutex);
    while (flock(record_fd, LOCK_EX) && errno == EINTR) {}
}

static void leave(void) {
    if (record_fd < 0) return;
    int saved = errno;
    flock(record_fd, LOCK_UN);
    pthread_mutex_unlock(&mutex);
    errno = saved;
}

static void put(enum kind kind, uint64_t inode, off_t offset, uint64_t flags, const void *bytes,
                size_t len) {
    if (record_fd < 0) return;
    int saved = errno;
    struct record head = {(uint32_t)kind, (uint32_t)getpid(), inode, (uint64_t)offset, flags, len};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, len}};
    if (real_writev(record_fd, parts, 2) != (ssize_t)(sizeof head + len)) abort();
    errno = saved;
}

static uint64_t inode_of(int fd, int *is_directory) {
    struct stat found;
    if (fstat(fd, &found)) abort();
    if (is_directory) *is_directory = S_ISDIR(found.st_mode);
    return found.st_ino;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    const char *rel = below(path);
    if (!rel) return real_openat(at, path, flags, mode);
    if (fails("open", rel)) return -1;
    enter();
    struct stat found;
    int is_new = (flags & O_CREAT) && lstat(path, &found);
    int fd = real_openat(at, path, flags, mode);
    if (fd >= 0 && fd < FILES) {
        free(paths[fd]);
        paths[fd] = strdup(rel);
        modes[fd] = flags;
    }
    if (fd >= 0 && is_new) put(CREATE, inode_of(fd, NULL), 0, 0, rel, strlen(rel));
    if (fd >= 0 && !is_new && (flags & O_TRUNC))
        put(TRUNCATE, inode_of(fd, NULL), 0, 0, rel, strlen(rel));
    leave();
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list list; \
        va_start(list, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list); \
        return open_at(AT_FDCWD, path, flags, mode); \
    }
#define OPEN_AT(name) \
    int name(int at, const char *path, int flags, ...) { \
        va_list list; \
        va_start(list, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list); \
        return open_at(at, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

int close(int fd) {
    if (path_of(fd)) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t len) {
    const char *rel = path_of(fd);
    if (!rel) {
        if (fd == 1 && root && record_fd >= 0) {
            enter();
            put(ACKNOWLEDGE, 0, 0, 0, bytes, len);
            leave();
        }
        return real_write(fd, bytes, len);
    }
    if (fails("write", rel)) return -1;
    enter();
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = real_write(fd, bytes, len);
    if (done > 0) put(WRITE, inode_of(fd, NULL), offset, 0, bytes, (size_t)done);
    leave();
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!path_of(fd) && fd != 1) return real_writev(fd, parts, count);
    ssize_t sum = 0;
    for (int n = 0; n < count; n++) {
        ssize_t done = write(fd, parts[n].iov_base, parts[n].iov_len);
        if (done < 0) return sum ? sum : -1;
        sum += done;
        if ((size_t)done < parts[n].iov_len) break;
    }
    return sum;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset) {
    const char *rel = path_of(fd);
    if (!rel) return real_pwrite(fd, bytes, len, offset);
    if (fails("pwrite", rel)) return -1;
    enter();
    ssize_t done = real_pwrite(fd, bytes, len, offset);
    if (done > 0) put(WRITE, inode_of(fd, NULL), offset, 0, bytes, (size_t)done);
    leave();
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset) {
    return pwrite64(fd, bytes, len, offset);
}

int ftruncate64(int fd, off_t len) {
    const char *rel = path_of(fd);
    if (!rel) return real_ftruncate(fd, len);
    if (fails("ftruncate", rel)) return -1;
    enter();
    int done = real_ftruncate(fd, len);
    if (!done) put(TRUNCATE, inode_of(fd, NULL), len, 0, rel, strlen(rel));
    leave();
    return done;
}

int ftruncate(int fd, off_t len) {
    return ftruncate64(fd, len);
}

int fallocate64(int fd, int mode, off_t offset, off_t len) {
    const char *rel = path_of(fd);
    if (!rel) return real_fallocate(fd, mode, offset, len);
    if (fails("fallocate", rel)) return -1;
    enter();
    int done = real_fallocate(fd, mode, offset, len);
    if (!done && mode) abort(); /* nobody punches holes */
    if (!done) put(ALLOCATE, inode_of(fd, NULL), offset + len, 0, rel, strlen(rel));
    leave();
    return done;
}

int fallocate(int fd, int mode, off_t offset, off_t len) {
    return fallocate64(fd, mode, offset, len);
}

int posix_fallocate64(int fd, off_t offset, off_t len) {
    const char *rel = path_of(fd);
    if (!rel) return real_posix_fallocate(fd, offset, len);
    if (fails("fallocate", rel)) return errno;
    enter();
    int done = real_posix_fallocate(fd, offset, len);
    if (!done) put(ALLOCATE, inode_of(fd, NULL), offset + len, 0, rel, strlen(rel));
    leave();
    return done;
}

int posix_fallocate(int fd, off_t offset, off_t len) {
    return posix_fallocate64(fd, offset, len);
}

/* A flush covers what was written before it began, and is worth nothing before it has ended;
 * others go on meanwhile. */
static int flush(int fd, int (*real)(int), uint64_t flags) {
    const char *rel = path_of(fd);
    if (!rel) return real(fd);
    if (fails(flags & DATA_ONLY ? "fdatasync" : "fsync", rel)) return -1;
    static uint64_t flushes;
    uint64_t token = __atomic_add_fetch(&flushes, 1, __ATOMIC_SEQ_CST);
    int is_directory;
    uint64_t inode = inode_of(fd, &is_directory);
    if (is_directory) flags |= DIRECTORY;
    if ((modes[fd] & O_ACCMODE) == O_RDONLY) flags |= READ_ONLY;
    enter();
    put(SYNC_BEGINS, inode, (off_t)token, flags, rel, strlen(rel));
    leave();
    if (fsync_us) usleep((useconds_t)fsync_us);
    int done = real(fd);
    enter();
    if (!done) put(SYNC_ENDS, inode, (off_t)token, flags, rel, strlen(rel));
    leave();
    return done;
}

int fsync(int fd) {
    return flush(fd, real_fsync, 0);
}

int fdatasync(int fd) {
    return flush(fd, real_fdatasync, DATA_ONLY);
}

int unlink(const char *path) {
    const char *rel = below(path);
    if (!rel) return real_unlink(path);
    if (fails("unlink", rel)) return -1;
    enter();
    int done = real_unlink(path);
    if (!done) put(UNLINK, 0, 0, 0, rel, strlen(rel));
    leave();
    return done;
}

int rename(const char *from, const char *to) {
    const char *rel_from = below(from), *rel_to = below(to);
    if (!rel_from || !rel_to) return real_rename(from, to);
    if (fails("rename", rel_from)) return -1;
    enter();
    int done = real_rename(from, to);
    if (!done) {
        char both[2048];
        int len = snprintf(both, sizeof both, "%s%c%s", rel_from, 0, rel_to);
        put(RENAME, 0, 0, 0, both, (size_t)len);
    }
    leave();
    return done;
}

int mkdir(const char *path, mode_t mode) {
    const char *rel = below(path);
    if (!rel) return real_mkdir(path, mode);
    if (fails("mkdir", rel)) return -1;
    enter();
    int done = real_mkdir(path, mode);
    if (!done) put(MAKE_DIR, 0, 0, 0, rel, strlen(rel));
    leave();
    return done;
}
