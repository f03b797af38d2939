/* SPDX-License-Identifier: MIT */
/*
 * socket.c - accept, pass the connection to a worker, forget it
 *
 * The worker and the process talk to each other directly (control_socket.c);
 * when either ends, so does the other: the worker by the end of the connection,
 * the process's session by the worker's death.
 *
 * A process that ends and is followed by another leaves a worker that takes a
 * moment to die.  So when all sessions are in use, a connection waits for a short
 * time, and those behind it in the listener's backlog, before it is refused.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/socket.h"
#include "qcu-device/daemon/worker.h"
#include "wire/protocol.h"

#define PATIENCE_MS	2000
#define RETRY_MS	50
#define NO_ROOM_MS	500	/* between two attempts to accept without descriptors */

/*
 * @connections: so far, to tell them apart in the log
 * @waiting: the connection that waits for a session, or -1
 * @retry: runs while the listener is paused
 * @full_since: milliseconds; since when every connection has had to wait, or 0
 */
static struct loop_source listener;
static struct loop_source retry;
static unsigned connections;
static int waiting = -1;
static int64_t full_since;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static void retry_every(int milliseconds)
{
	const struct itimerspec every = {
		.it_value.tv_nsec = milliseconds * 1000000ll,
		.it_interval.tv_nsec = milliseconds * 1000000ll,
	};

	timerfd_settime(retry.fd, 0, &every, NULL);
}

static void socket_worker_event(struct worker *worker, void *owner, enum worker_event event)
{
	/* The process sees its connection end; that is all there is to tell. */
}

/* Pass @connection to a worker; false if there is none to be had. */
static bool socket_serve(int connection)
{
	struct link_message message = { .type = LINK_SOCKET, .session = connections + 1 };
	struct worker *worker = worker_take(socket_worker_event, NULL);

	if (!worker)
		return false;
	connections++;
	full_since = 0;
	log_debug("connection %u goes to worker %d", connections, worker->pid);
	worker_send(worker, &message, &connection, 1);
	return true;
}

static void socket_refuse(int connection)
{
	const struct qcuda_response full = { .status = QCUDA_ERR_NO_MEMORY };

	log_warn("a connection was refused: there are too many sessions already");
	message_send(connection, &full, sizeof(full), NULL, 0);
}

/* True if @connection is dealt with; false if it should go on waiting. */
static bool socket_try(int connection)
{
	if (socket_serve(connection))
		return true;
	if (!full_since)
		full_since = now_ms();
	if (now_ms() - full_since < PATIENCE_MS)
		return false;
	socket_refuse(connection);
	return true;
}

static void retry_ready(struct loop_source *source, uint32_t events)
{
	uint64_t ticks;

	if (read(source->fd, &ticks, sizeof(ticks)) < 0)
		return;
	if (waiting >= 0 && !socket_try(waiting))
		return;
	fd_close(&waiting);
	retry_every(0);
	loop_resume(&listener);
}

static void socket_ready(struct loop_source *source, uint32_t events)
{
	int connection = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection < 0 && errno != EMFILE && errno != ENFILE)
		return; /* it has gone already */
	if (connection < 0) {
		/* It stays in the backlog and would wake us for ever. */
		log_error("cannot accept a connection: %m");
		loop_pause(&listener);
		retry_every(NO_ROOM_MS);
		return;
	}
	if (socket_try(connection)) {
		close(connection);
		return;
	}
	waiting = connection;
	loop_pause(&listener);
	retry_every(RETRY_MS);
}

void socket_init(int fd)
{
	listener = (struct loop_source){ fd, socket_ready };
	retry = (struct loop_source){ timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
				      retry_ready };
	if (retry.fd < 0 || loop_add(&retry) || loop_add(&listener))
		die("cannot watch the socket: %m");
}
