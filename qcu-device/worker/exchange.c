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

#define SWEEP_MIN	64	/* notes */

/* struct left - a note that this worker has left; @next: in the list of all */
struct left {
	struct exchange_subject subject;
	struct link_item item;
	struct left *next;
};

/* All that follows is under notes_lock */
static pthread_mutex_t notes_lock = PTHREAD_MUTEX_INITIALIZER;
static void *notes;		/* a tree of struct left */
static struct left *first_note;
static unsigned n_notes;
static unsigned sweep_at = SWEEP_MIN;

/* Ask the daemon and wait; false: it refuses.  *fd is what came along, or -1. */
static bool ask_about(struct link_message *message, int give, int *fd)
{
	bool good;

	pthread_mutex_lock(&turn);
	pthread_mutex_lock(&lock);
	asked = true;
	answer = (struct link_message){ .status = 1 };
	answer_fd = -1;
	if (message_send(LINK_FD, message, sizeof(*message), &give, give >= 0))
		asked = false;
	while (asked)
		pthread_cond_wait(&changed, &lock);
	good = !answer.status;
	*message = answer;
	*fd = answer_fd;
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&turn);
	return good;
}

static bool ask(enum link_type type, struct link_item *item, int give, int *fd)
{
	struct link_message message = { .type = type, .item = *item };
	bool good = ask_about(&message, give, fd);

	*item = message.item;
	return good;
}

static bool ask_about_length(enum link_type type, uint64_t bytes)
{
	struct link_message message = { .type = type, .image.bytes = bytes };
	int none;

	return ask_about(&message, -1, &none);
}

bool exchange_image_known(uint64_t bytes)
{
	return ask_about_length(LINK_IMAGE_KNOWN, bytes);
}

bool exchange_image_wanted(uint64_t bytes)
{
	return ask_about_length(LINK_IMAGE_WANTED, bytes);
}

int exchange_image_get(const struct wire_digest *digest, uint64_t bytes)
{
	struct link_message message = { .type = LINK_IMAGE_GET, .image = { *digest, bytes } };
	int fd;

	return ask_about(&message, -1, &fd) ? fd : -1;
}

void exchange_image_keep(int fd)
{
	const struct link_message message = { .type = LINK_IMAGE_KEEP };

	message_send(LINK_FD, &message, sizeof(message), &fd, 1);
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

bool exchange_drop_fd(const struct wire_token *token)
{
	struct link_item item = { 0 };
	int none;

	memcpy(item.token, token->bytes, sizeof(item.token));
	/* Notes are this file's own, whatever the guest says. */
	return (item.token[0] == EXCHANGE_ALLOCATION || item.token[0] == EXCHANGE_POOL) &&
	       ask(LINK_DROP, &item, -1, &none);
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
	const struct exchange_subject *a = &((const struct left *)pa)->subject;
	const struct exchange_subject *b = &((const struct left *)pb)->subject;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

/* The functions from here down to exchange_put_note() are called under notes_lock. */
static void drop(const struct left *left)
{
	struct link_item item = left->item;
	int none;

	ask(LINK_DROP, &item, -1, &none);
}

/* Drop the notes of what has gone; true if there were any */
static bool sweep(void)
{
	unsigned before = n_notes;

	for (struct left **at = &first_note; *at;) {
		struct left *left = *at;

		if (left->subject.is_alive(&left->subject)) {
			at = &left->next;
			continue;
		}
		drop(left);
		*at = left->next;
		tdelete(left, &notes, compare);
		free(left);
		n_notes--;
	}
	sweep_at = 2 * n_notes > SWEEP_MIN ? 2 * n_notes : SWEEP_MIN;
	return n_notes < before;
}

/* Leave @note under a new token; false: no room */
static bool put_note(const struct exchange_subject *subject, const void *note,
		     struct link_item *item)
{
	memcpy(item->note, note, sizeof(item->note));
	if (!token_new(subject->kind, item))
		return false;
	return put(*item, -1) || (sweep() && put(*item, -1));
}

static struct left *find_note(const struct exchange_subject *subject)
{
	const struct left key = { .subject = *subject };
	struct left **node = tfind(&key, &notes, compare);

	return node ? *node : NULL;
}

/* Let @left, which is of the same subject or of what had its address before, be about @item. */
static void note_replace(struct left *left, const struct exchange_subject *subject,
			 const struct link_item *item)
{
	drop(left);
	left->subject = *subject;
	left->item = *item;
}

/* A new token for @note; what is under the subject's old one goes last. */
static bool renew(const struct exchange_subject *subject, const void *note, struct link_item *item)
{
	struct left *left = calloc(1, sizeof(*left)), *old;

	if (!left || !put_note(subject, note, item)) {
		free(left);
		return false;
	}
	*left = (struct left){ *subject, *item, first_note };
	old = find_note(subject);
	if (old) {
		note_replace(old, subject, item);
		free(left);
		return true;
	}
	if (!tsearch(left, &notes, compare)) {
		drop(left);
		free(left);
		return false;
	}
	first_note = left;
	n_notes++;
	return true;
}

static bool is_note(const struct left *left, const struct exchange_subject *subject,
		    const void *note)
{
	return left->subject.identity == subject->identity &&
	       !memcmp(left->item.note, note, sizeof(left->item.note));
}

bool exchange_put_note(const struct exchange_subject *subject, struct wire_token *token,
		       const void *note)
{
	struct link_item item;
	struct left *left;
	bool good = true;

	pthread_mutex_lock(&notes_lock);
	if (n_notes >= sweep_at)
		sweep();
	left = find_note(subject);
	if (left && is_note(left, subject, note))
		item = left->item;
	else
		good = renew(subject, note, &item);
	if (good)
		memcpy(token->bytes, item.token, sizeof(item.token));
	pthread_mutex_unlock(&notes_lock);
	return good;
}
