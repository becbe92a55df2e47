/* Makes durability visible: preloaded under PostgreSQL or signet, it slows every sync and kills the process
 * around one chosen sync or one chosen COMMIT. It stands in for the kernel in one case only, when it is told to skip:
 * otherwise the real call is always made, unless the process is killed first.
 *
 *   SIGNET_SHIM_SKIP         do no fsync and no fdatasync, and say that it went well: what durability costs
 *   SIGNET_SHIM_DELAY_US     sleep this long beside each fsync and fdatasync
 *   SIGNET_SHIM_ARM          once this file exists, the next sync removes it and the process dies
 *   SIGNET_SHIM_ARM_COMMIT   once this file exists, the next bytes with "COMMIT" on a socket remove it, and so on
 *   SIGNET_SHIM_WHEN         `before` the real call (the default) or `after` it
 *
 * Whoever removes the file acts, so one arming is one death, however many threads and processes sync at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct {
    int (*fsync)(int);
    int (*fdatasync)(int);
    ssize_t (*send)(int, const void *, size_t, int);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*writev)(int, const struct iovec *, int);
} real;

static long delay_us;
static const char *arm_sync, *arm_commit;
static bool kill_after, skip;

static void find(const char *name, void *place) {
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(place, &symbol, sizeof symbol);
}

static void find_real(void) {
    find("fsync", &real.fsync);
    find("fdatasync", &real.fdatasync);
    find("send", &real.send);
    find("sendto", &real.sendto);
    find("sendmsg", &real.sendmsg);
    find("write", &real.write);
    find("writev", &real.writev);
}

/* Copies, because PostgreSQL writes its process title over the memory that getenv points into. */
static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? strdup(value) : NULL;
}

__attribute__((constructor)) static void read_environment(void) {
    find_real();
    const char *delay = getenv("SIGNET_SHIM_DELAY_US");
    const char *when = getenv("SIGNET_SHIM_WHEN");
    delay_us = delay ? strtol(delay, NULL, 10) : 0;
    kill_after = when && strcmp(when, "after") == 0;
    skip = getenv("SIGNET_SHIM_SKIP") != NULL;
    arm_sync = setting("SIGNET_SHIM_ARM");
    arm_commit = setting("SIGNET_SHIM_ARM_COMMIT");
}

/* Constructors of other libraries may call before ours has run. */
#define REAL(name) (__builtin_expect(!real.name, 0) ? (find_real(), real.name) : real.name)

/* access first: an unlink that finds nothing still takes the folder's lock, and syncs are frequent. */
static bool claim(const char *arm) {
    if (!arm) return false;
    int saved = errno;
    bool claimed = access(arm, F_OK) == 0 && unlink(arm) == 0;
    errno = saved;
    return claimed;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static void sleep_beside(void) {
    if (delay_us <= 0) return;
    struct timespec left = {delay_us / 1000000, delay_us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) continue;
}

static int sync_with(int (*real_sync)(int), int fd) {
    bool claimed = claim(arm_sync);
    if (claimed && !kill_after) die();
    sleep_beside();
    int result = skip ? 0 : real_sync(fd);
    if (claimed) die();
    return result;
}

int fsync(int fd) { return sync_with(REAL(fsync), fd); }
int fdatasync(int fd) { return sync_with(REAL(fdatasync), fd); }

/* The word may be split over several parts of one message. C occurs only at its start, so no match is missed. */
static bool has_commit(const struct iovec *parts, size_t count) {
    static const char word[] = "COMMIT";
    size_t matched = 0;
    for (size_t part = 0; part < count; part++) {
        const char *bytes = parts[part].iov_base;
        for (size_t at = 0; at < parts[part].iov_len; at++) {
            matched = bytes[at] == word[matched] ? matched + 1 : bytes[at] == word[0];
            if (matched == sizeof word - 1) return true;
        }
    }
    return false;
}

static bool is_socket(int fd) {
    struct stat facts;
    return fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode);
}

static bool claim_commit(int fd, const struct iovec *parts, size_t count) {
    return has_commit(parts, count) && is_socket(fd) && claim(arm_commit);
}

#define AROUND_COMMIT(fd, parts, count, call)                         \
    do {                                                              \
        if (__builtin_expect(!arm_commit, 1)) return call;            \
        bool claimed = claim_commit(fd, parts, count);                \
        if (claimed && !kill_after) die();                            \
        ssize_t result = call;                                        \
        if (claimed) die();                                           \
        return result;                                                \
    } while (0)

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    struct iovec whole = {(void *)bytes, length};
    AROUND_COMMIT(fd, &whole, 1, REAL(send)(fd, bytes, length, flags));
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length) {
    struct iovec whole = {(void *)bytes, length};
    AROUND_COMMIT(fd, &whole, 1, REAL(sendto)(fd, bytes, length, flags, to, to_length));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    AROUND_COMMIT(fd, message->msg_iov, message->msg_iovlen, REAL(sendmsg)(fd, message, flags));
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec whole = {(void *)bytes, length};
    AROUND_COMMIT(fd, &whole, 1, REAL(write)(fd, bytes, length));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    AROUND_COMMIT(fd, parts, count > 0 ? (size_t)count : 0, REAL(writev)(fd, parts, count));
}
