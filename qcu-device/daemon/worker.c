/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/image.h"
#include "qcu-device/daemon/worker.h"
#include "wire/protocol.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static struct worker_config config;
static struct worker *workers;	/* all that have not been reaped */
static struct worker *spare;	/* one of them, or NULL */
static unsigned in_use;		/* those that have or had an owner */
static struct loop_source watchdog;

static int64_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/*
 * What the child does between fork and exec.  @daemon: the pid it must have as
 * its parent; if the daemon died before prctl(), no signal would come.  @warm: it
 * makes a context ready.
 */
static _Noreturn void worker_exec(int link, int daemon, bool warm)
{
	const struct rlimit no_core = { 0, 0 };
	char poll_us[32], level[32], minor[32];
	char *driver, *argv[9];
	int argc = 0;
	sigset_t none;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon)
		_exit(1);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0 || dup2(link, LINK_FD) < 0)
		_exit(1);
	close_range(LINK_FD + 1, ~0u, 0);
	/* dup2() of a descriptor to itself keeps its close-on-exec flag */
	fcntl(LINK_FD, F_SETFD, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);

	snprintf(poll_us, sizeof(poll_us), "--poll-us=%d", config.poll_us);
	snprintf(minor, sizeof(minor), "--protocol-minor=%u", config.protocol_minor);
	snprintf(level, sizeof(level), "--log=%s", log_level_name(log_level));
	if (asprintf(&driver, "--driver=%s", config.driver) < 0)
		_exit(1);
	argv[argc++] = (char *)"qcu-worker";
	argv[argc++] = driver;
	argv[argc++] = level;
	argv[argc++] = minor;
	if (config.poll_us >= 0)
		argv[argc++] = poll_us;
	if (!config.cage)
		argv[argc++] = (char *)"--no-cage";
	if (!config.crowd)
		argv[argc++] = (char *)"--no-crowd";
	if (warm)
		argv[argc++] = (char *)"--warm";
	argv[argc] = NULL;
	execv(config.path, argv);
	log_error("cannot run %s: %m", config.path);
	_exit(1);
}

static void worker_unlink(struct worker *worker)
{
	struct worker **at = &workers;

	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
}

/* The pidfd became readable: the process, all threads and their memory are gone. */
static void worker_death(struct loop_source *source, uint32_t events)
{
	struct worker *worker = container_of(source, struct worker, death);
	siginfo_t info = { 0 };

	waitid(P_PIDFD, worker->death.fd, &info, WEXITED | WNOHANG);
	log_debug("worker %d has gone (%s %d)", worker->pid,
		  info.si_code == CLD_EXITED ? "exit" : "signal", info.si_status);
	worker_unlink(worker);
	exchange_forget(&worker->left);
	image_forget(worker);
	loop_remove(&worker->death);
	loop_remove(&worker->link);
	if (worker == spare)
		spare = NULL;
	worker->acks_due = 0;
	if (worker->notify) {
		in_use--;
		worker->notify(worker, worker->owner, WORKER_HAS_DIED);
	}
	free(worker);
}

void worker_kill(struct worker *worker)
{
	if (worker->state == WORKER_KILLED)
		return;
	worker->state = WORKER_KILLED;
	worker->acks_due = 0;
	pidfd_send_signal(worker->death.fd, SIGKILL, NULL, 0);
	loop_pause(&worker->link);
}

static void worker_notify(struct worker *worker, enum worker_event event)
{
	if (worker->notify)
		worker->notify(worker, worker->owner, event);
}

/* A worker leaves something for others, or asks for what another has left. */
static void worker_exchange(struct worker *worker, const struct link_message *message,
			    struct message_fds *fds)
{
	struct link_message answer = { .type = LINK_EXCHANGED, .item = message->item };
	bool done;
	int fd = -1;

	switch (message->type) {
	case LINK_PUT:
		fd = message_fds_take(fds);
		done = exchange_put(&worker->left, &message->item, fd);
		if (done)
			fd = -1;	/* the exchange has it now */
		answer.status = !done;
		worker_send(worker, &answer, NULL, 0);
		fd_close(&fd);
		break;
	case LINK_GET:
		answer.status = !exchange_get(&answer.item, &fd);
		worker_send(worker, &answer, &fd, fd >= 0);
		break;
	default:
		answer.status = !exchange_drop(&worker->left, message->item.token);
		worker_send(worker, &answer, NULL, 0);
	}
}

/* About images that other workers have left, or a worker leaves one. */
static void worker_image(struct worker *worker, const struct link_message *message,
			 struct message_fds *fds)
{
	struct link_message answer = { .type = LINK_EXCHANGED };
	int fd;

	switch (message->type) {
	case LINK_IMAGE_KEEP:
		image_offer(worker, message_fds_take(fds));
		break;
	case LINK_IMAGE_GET:
		fd = image_get(&message->image);
		answer.status = fd < 0;
		worker_send(worker, &answer, &fd, fd >= 0);
		break;
	case LINK_IMAGE_WANTED:
		answer.status = !image_wanted(message->image.bytes);
		worker_send(worker, &answer, NULL, 0);
		break;
	default:
		answer.status = !image_known(message->image.bytes);
		worker_send(worker, &answer, NULL, 0);
	}
}

static void worker_message(struct worker *worker, const struct link_message *message,
			   struct message_fds *fds)
{
	switch (message->type) {
	case LINK_READY:
		if (worker->state != WORKER_STARTING)
			break;
		worker->state = WORKER_READY;
		worker->status = message->status;
		log_debug("worker %d is ready, status %u", worker->pid, message->status);
		worker_notify(worker, WORKER_IS_READY);
		return;
	case LINK_ACK:
		if (!worker->acks_due)
			break;
		worker->acks_due--;
		worker_notify(worker, WORKER_HAS_ACKED);
		return;
	case LINK_PUT:
	case LINK_GET:
	case LINK_DROP:
		if (worker->state != WORKER_READY)
			break;
		worker_exchange(worker, message, fds);
		return;
	case LINK_IMAGE_KNOWN:
	case LINK_IMAGE_WANTED:
	case LINK_IMAGE_GET:
	case LINK_IMAGE_KEEP:
		if (worker->state != WORKER_READY)
			break;
		worker_image(worker, message, fds);
		return;
	}
	log_warn("worker %d: message %u out of order, killed", worker->pid, message->type);
	worker_kill(worker);
}

static void worker_link(struct loop_source *source, uint32_t events)
{
	struct worker *worker = container_of(source, struct worker, link);
	struct message_fds fds = { 0 };
	struct link_message message = { 0 };
	ssize_t n = message_receive(worker->link.fd, &message, sizeof(message), &fds);

	if (n == -EAGAIN)
		return;
	/* The end of the link; normally death follows within a moment. */
	if (n < (ssize_t)offsetof(struct link_message, memory))
		worker_kill(worker);
	else
		worker_message(worker, &message, &fds);
	message_fds_close(&fds);	/* what nobody took */
}

/* Fork and watch a worker; NULL if the system has no room for it. */
static struct worker *worker_start(bool warm)
{
	int pair[2], daemon = getpid();
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		goto err_free;
	worker->pid = fork();
	if (worker->pid < 0)
		goto err_close;
	if (!worker->pid)
		worker_exec(pair[1], daemon, warm);
	close(pair[1]);
	pair[1] = -1;
	worker->link = (struct loop_source){ pair[0], worker_link };
	worker->death = (struct loop_source){ pidfd_open(worker->pid, 0), worker_death };
	if (worker->death.fd < 0 || loop_add(&worker->death))
		goto err_kill;
	if (loop_add(&worker->link))
		goto err_unwatch;
	worker->next = workers;
	workers = worker;
	return worker;

err_unwatch:
	loop_remove(&worker->death);
err_kill:
	fd_close(&worker->death.fd);
	kill(worker->pid, SIGKILL);
	waitpid(worker->pid, NULL, 0);
err_close:
	close(pair[0]);
	fd_close(&pair[1]);
err_free:
	log_error("cannot start a worker: %m");
	free(worker);
	return NULL;
}

static void spare_start(void)
{
	if (config.spare && !spare)
		spare = worker_start(config.spare == SPARE_CONTEXT);
}

/* Once a second while the timer runs: kill who has let QEMU wait for too long. */
static void watchdog_ready(struct loop_source *source, uint32_t events)
{
	int64_t now = now_seconds();
	uint64_t ticks;
	bool due = false;

	if (read(source->fd, &ticks, sizeof(ticks)) < 0)
		return;
	for (struct worker *worker = workers; worker; worker = worker->next) {
		if (!worker->acks_due)
			continue;
		due = true;
		if (now < worker->ack_deadline)
			continue;
		log_warn("worker %d does not answer, killed", worker->pid);
		worker_kill(worker);
	}
	if (!due)
		timerfd_settime(source->fd, 0, &(struct itimerspec){ 0 }, NULL);
}

static void watchdog_start(struct worker *worker)
{
	const struct itimerspec every_second = { { 1, 0 }, { 1, 0 } };

	if (!worker->acks_due++)
		worker->ack_deadline = now_seconds() + LINK_ACK_SECONDS;
	timerfd_settime(watchdog.fd, 0, &every_second, NULL);
}

void worker_init(const struct worker_config *wanted)
{
	config = *wanted;
	watchdog.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watchdog.ready = watchdog_ready;
	if (watchdog.fd < 0 || loop_add(&watchdog))
		die("timerfd_create: %m");
	spare_start();
}

struct worker *worker_take(worker_owner notify, void *owner)
{
	struct worker *worker;

	if (in_use >= config.limit)
		return NULL;
	worker = spare && spare->state != WORKER_KILLED ? spare : worker_start(false);
	if (!worker)
		return NULL;
	if (worker == spare)
		spare = NULL;
	worker->notify = notify;
	worker->owner = owner;
	in_use++;
	spare_start();
	return worker;
}

void worker_send(struct worker *worker, const struct link_message *message, const int *fds,
		 unsigned n_fds)
{
	int error;

	if (worker->state == WORKER_KILLED)
		return;
	error = message_send(worker->link.fd, message, sizeof(*message), fds, n_fds);
	if (error) {
		log_warn("worker %d does not listen (%s), killed", worker->pid,
			 strerrordesc_np(-error));
		worker_kill(worker);
		return;
	}
	if (message->type == LINK_MEMORY || message->type == LINK_STOP)
		watchdog_start(worker);
}

void worker_send_memory(struct worker *worker, const struct guest_memory *memory)
{
	struct link_message message = { .type = LINK_MEMORY, .memory.n = memory->n };
	int fds[GUEST_MEMORY_RANGES];

	for (unsigned i = 0; i < memory->n; i++) {
		const struct guest_range *range = &memory->range[i];

		message.memory.range[i] =
			(struct link_range){ range->gpa, range->size, range->offset };
		fds[i] = range->fd;
	}
	worker_send(worker, &message, fds, memory->n);
}

void worker_finish(void)
{
	int64_t deadline = now_seconds() + 2;

	config.spare = SPARE_NONE;
	for (struct worker *worker = workers; worker; worker = worker->next)
		worker_kill(worker);
	while (workers && now_seconds() < deadline)
		loop_step(100);
}
