/* SPDX-License-Identifier: MIT */
/*
 * control_socket.c - control requests from a process on this machine
 *
 * One request at a time: while one waits for its job, the next is not read, so
 * that answers come in the order of the requests.  The end of the connection is
 * the end of the session.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/version.h"
#include "qcu-device/worker/channel.h"
#include "qcu-device/worker/control.h"

/*
 * @doorbell: the eventfd that the process writes, any channel
 * @greeted: HELLO went well; before that nothing else is allowed
 * @busy: a request has not been answered
 */
static struct {
	int connection;
	int doorbell;
	enum qcuda_status driver_status;
	bool greeted;
	bool busy;
} peer = { .connection = -1, .doorbell = -1 };

void control_socket_start(int connection, enum qcuda_status driver_status)
{
	peer.connection = connection;
	peer.driver_status = driver_status;
	peer.doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (peer.doorbell < 0)
		control_end("no descriptor for the doorbell");
	channel_listen(peer.doorbell);
}

int control_socket_connection(bool *busy)
{
	*busy = peer.busy;
	return peer.connection;
}

int control_socket_doorbell(void)
{
	return peer.doorbell;
}

void control_socket_rung(void)
{
	eventfd_t count;

	eventfd_read(peer.doorbell, &count);
	channel_doorbell();
}

static void peer_send(const struct qcuda_response *response, bool with_doorbell)
{
	if (message_send(peer.connection, response, sizeof(*response), &peer.doorbell,
			 with_doorbell))
		control_end("the process does not take an answer");
}

static void request_answer(struct control_request *request)
{
	peer.busy = false;
	peer_send(&request->response, false);
	free(request);
}

static void peer_hello(const void *message, size_t size)
{
	const struct qcuda_hello *hello = message;
	struct qcuda_response response = { .status = peer.driver_status, .value = 1 };

	if (size != sizeof(*hello) || hello->msg.type != QCUDA_SOCKET_HELLO ||
	    hello->msg.length != size || hello->version_major != QCUDA_VERSION_MAJOR)
		response.status = QCUDA_ERR_PROTOCOL;
	else
		response.version_minor = version_agreed(hello->version_minor);
	peer.greeted = response.status == QCUDA_OK;
	peer_send(&response, peer.greeted);
}

static void peer_request(const void *message, size_t size, struct message_fds *fds)
{
	struct control_request *request = calloc(1, sizeof(*request));

	if (!request)
		control_end("no memory for a request");
	request->answer = request_answer;
	peer.busy = true;
	control_handle(request, message, size, fds);
}

void control_socket_ready(void)
{
	static _Alignas(16) uint8_t message[CONTROL_MESSAGE_MAX];
	struct message_fds fds = { 0 };
	ssize_t n = message_receive(peer.connection, message, sizeof(message), &fds);

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		log_debug("the process has gone");
		control_end(NULL);
	}
	if (peer.greeted)
		peer_request(message, n, &fds);
	else
		peer_hello(message, n);
	message_fds_close(&fds);
}
