/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <string.h>

#include "qcu-device/worker/exchange.h"

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;	/* one question at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards all below */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool asked;
static bool found;
static int answer;	/* a descriptor, or -1 */

/* Ask the daemon and wait; false: it refuses.  *fd is what came along, or -1. */
static bool ask(enum link_type type, const uint8_t *token, int give, int *fd)
{
	struct link_message message = { .type = type };
	bool good;

	memcpy(message.token, token, sizeof(message.token));
	pthread_mutex_lock(&turn);
	pthread_mutex_lock(&lock);
	asked = true;
	answer = -1;
	found = false;
	if (message_send(LINK_FD, &message, sizeof(message), &give, give >= 0))
		asked = false;
	while (asked)
		pthread_cond_wait(&changed, &lock);
	good = found;
	*fd = answer;
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&turn);
	return good;
}

bool exchange_put(const uint8_t *token, int fd)
{
	int none;

	return ask(LINK_PUT, token, fd, &none);
}

int exchange_get(const uint8_t *token)
{
	int fd;

	ask(LINK_GET, token, -1, &fd);
	return fd;
}

void exchange_answered(const struct link_message *message, struct message_fds *fds)
{
	pthread_mutex_lock(&lock);
	if (asked) {
		asked = false;
		found = !message->status;
		answer = message_fds_take(fds);
		pthread_cond_signal(&changed);
	}
	pthread_mutex_unlock(&lock);
}
