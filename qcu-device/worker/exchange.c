/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "qcu-device/worker/exchange.h"

_Static_assert(sizeof(struct wire_token) == LINK_TOKEN, "a token is a token");

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;	/* one question at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these four */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool asked;
static struct link_message answer;
static int answer_fd;	/* a descriptor, or -1 */

/* struct left - a note that this worker has left; of what kind says the token */
struct left {
	uint64_t address;
	struct link_item item;
};

static pthread_mutex_t notes_lock = PTHREAD_MUTEX_INITIALIZER;	/* guards the tree */
static void *notes;	/* of struct left */

/* Ask the daemon and wait; false: it refuses.  *fd is what came along, or -1. */
static bool ask(enum link_type type, struct link_item *item, int give, int *fd)
{
	struct link_message message = { .type = type, .item = *item };
	bool good;

	pthread_mutex_lock(&turn);
	pthread_mutex_lock(&lock);
	asked = true;
	answer = (struct link_message){ .status = 1 };
	answer_fd = -1;
	if (message_send(LINK_FD, &message, sizeof(message), &give, give >= 0))
		asked = false;
	while (asked)
		pthread_cond_wait(&changed, &lock);
	good = !answer.status;
	*item = answer.item;
	*fd = answer_fd;
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&turn);
	return good;
}

void exchange_answered(const struct link_message *message, struct message_fds *fds)
{
	pthread_mutex_lock(&lock);
	if (asked) {
		asked = false;
		answer = *message;
		answer_fd = message_fds_take(fds);
		pthread_cond_signal(&changed);
	}
	pthread_mutex_unlock(&lock);
}

static bool token_new(enum exchange_kind kind, struct link_item *item)
{
	if (getrandom(item->token, sizeof(item->token), 0) != sizeof(item->token))
		return false;
	item->token[0] = kind;
	return true;
}

static bool put(struct link_item item, int fd)
{
	int none;

	return ask(LINK_PUT, &item, fd, &none);
}

/* What is under a token of this kind */
static bool get(enum exchange_kind kind, const struct wire_token *token, struct link_item *item,
		int *fd)
{
	memcpy(item->token, token->bytes, sizeof(item->token));
	*fd = -1;
	return item->token[0] == kind && ask(LINK_GET, item, -1, fd);
}

bool exchange_put_fd(enum exchange_kind kind, struct wire_token *token, int fd)
{
	struct link_item item = { 0 };

	if (!token_new(kind, &item) || !put(item, fd))
		return false;
	memcpy(token->bytes, item.token, sizeof(item.token));
	return true;
}

int exchange_get_fd(enum exchange_kind kind, const struct wire_token *token)
{
	struct link_item item = { 0 };
	int fd;

	return get(kind, token, &item, &fd) ? fd : -1;
}

bool exchange_get_note(enum exchange_kind kind, const struct wire_token *token, void *note)
{
	struct link_item item = { 0 };
	bool found;
	int fd;

	found = get(kind, token, &item, &fd);
	memcpy(note, item.note, sizeof(item.note));
	fd_close(&fd);
	return found;
}

static int compare(const void *pa, const void *pb)
{
	const struct left *a = pa, *b = pb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->item.token[0] - b->item.token[0];
}

/* The entry for what is at @address, new if need be; NULL without memory.  Under notes_lock */
static struct left *left_at(enum exchange_kind kind, uint64_t address)
{
	struct left *left = calloc(1, sizeof(*left)), **node;

	if (!left)
		return NULL;
	left->address = address;
	left->item.token[0] = kind;
	node = tsearch(left, &notes, compare);
	if (!node || *node != left)
		free(left);
	return node ? *node : NULL;
}

/* Let the entry be about @note; false: no room.  Under notes_lock */
static bool renew(enum exchange_kind kind, struct left *left, const void *note)
{
	struct link_item item, old = left->item;
	int none;

	/* A new entry has a token of zeros, which the daemon does not know. */
	ask(LINK_DROP, &old, -1, &none);
	memset(left->item.note, 0, sizeof(left->item.note));
	memcpy(item.note, note, sizeof(item.note));
	if (!token_new(kind, &item) || !put(item, -1))
		return false;
	left->item = item;
	return true;
}

bool exchange_put_note(enum exchange_kind kind, struct wire_token *token, uint64_t address,
		       const void *note)
{
	struct left *left;
	bool good;

	pthread_mutex_lock(&notes_lock);
	left = left_at(kind, address);
	good = left && (!memcmp(left->item.note, note, sizeof(left->item.note)) ||
			renew(kind, left, note));
	if (good)
		memcpy(token->bytes, left->item.token, sizeof(left->item.token));
	pthread_mutex_unlock(&notes_lock);
	return good;
}
