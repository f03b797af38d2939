/* SPDX-License-Identifier: MIT */
/*
 * socket.c - accept, pass the connection to a worker, forget it
 *
 * The worker and the process talk to each other directly (control_socket.c);
 * when either ends, so does the other: the worker by the end of the connection,
 * the process's session by the worker's death.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/socket.h"
#include "qcu-device/daemon/worker.h"
#include "wire/protocol.h"

static struct loop_source listener;
static unsigned connections; /* so far, to tell them apart in the log */

static void socket_worker_event(struct worker *worker, void *owner, enum worker_event event)
{
	/* The process sees its connection end; that is all there is to tell. */
}

static void socket_serve(int connection)
{
	const struct qcuda_response full = { .status = QCUDA_ERR_NO_MEMORY };
	struct link_message message = { .type = LINK_SOCKET, .session = ++connections };
	struct worker *worker = worker_take(socket_worker_event, NULL);

	if (!worker) {
		log_warn("connection %u refused: there are too many sessions already", connections);
		message_send(connection, &full, sizeof(full), NULL, 0);
		return;
	}
	log_debug("connection %u goes to worker %d", connections, worker->pid);
	worker_send(worker, &message, &connection, 1);
}

static void socket_ready(struct loop_source *source, uint32_t events)
{
	int connection = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection < 0) {
		/* Out of descriptors: the waiting connection would wake us for ever. */
		if (errno == EMFILE || errno == ENFILE)
			log_error("cannot accept a connection: %m");
		return;
	}
	socket_serve(connection);
	close(connection);
}

void socket_init(int fd)
{
	listener = (struct loop_source){ fd, socket_ready };
	if (loop_add(&listener))
		die("epoll_ctl: %m");
}
