/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - what is handed to and taken from other workers of this virtual machine
 *
 * Faces qcu-device/daemon/exchange.h.  A token's first byte says what kind of thing it is for,
 * so that no guest can have one kind taken for another; the others are random.
 */
#ifndef QCU_DEVICE_WORKER_EXCHANGE_H
#define QCU_DEVICE_WORKER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "wire/payload.h"

enum exchange_kind {
	EXCHANGE_ALLOCATION	= 'a',	/* with a descriptor */
	EXCHANGE_POOL		= 'p',	/* with a descriptor */
	EXCHANGE_POINTER	= 'd',	/* CUmemPoolPtrExportData */
	EXCHANGE_MEMORY		= 'm',	/* CUipcMemHandle */
	EXCHANGE_EVENT		= 'e',	/* CUipcEventHandle */
};

/*
 * All that follow ask the daemon and wait.
 * Context: any thread but the main one, which brings the answer.
 */

/** exchange_put_fd() - leave @fd, which stays the caller's, under a new token; false: no room */
bool exchange_put_fd(enum exchange_kind kind, struct wire_token *token, int fd);

/** exchange_get_fd() - the descriptor under @token, the caller's to close; -1: nothing such */
int exchange_get_fd(enum exchange_kind kind, const struct wire_token *token);

/** exchange_drop_fd() - take back a descriptor that this worker has left; false: nothing such */
bool exchange_drop_fd(const struct wire_token *token);

/**
 * struct exchange_subject - what a note stands for
 * @address: of it, here; nothing else of this kind has it as long as it lives
 * @identity: by which it is told from what has its address later
 * @is_alive: does it still exist?  May be called from any call that leaves a note
 */
struct exchange_subject {
	enum exchange_kind kind;
	uint64_t address;
	uint64_t identity;
	bool (*is_alive)(const struct exchange_subject *subject);
};

/**
 * exchange_put_note() - leave the LINK_NOTE bytes at @note under a token
 *
 * The same note of the same subject has the same token, and another one ends what was under
 * the old one.  Notes of what has gone are dropped now and then, and when there is no room.
 *
 * Return: false: no room; what is under the subject's token stays.
 */
bool exchange_put_note(const struct exchange_subject *subject, struct wire_token *token,
		       const void *note);

/** exchange_get_note() - the LINK_NOTE bytes under @token; false: nothing such */
bool exchange_get_note(enum exchange_kind kind, const struct wire_token *token, void *note);

/** exchange_image_known() - has the daemon a module image of @bytes? */
bool exchange_image_known(uint64_t bytes);

/** exchange_image_wanted() - would the daemon keep a module image of @bytes? */
bool exchange_image_wanted(uint64_t bytes);

/** exchange_image_get() - the file of this image, the caller's to close; -1: the daemon has it not */
int exchange_image_get(const struct wire_digest *digest, uint64_t bytes);

/** exchange_image_keep() - leave the daemon the sealed file of an image, @fd, which stays the caller's; does not wait */
void exchange_image_keep(int fd);

/** exchange_answered() - LINK_EXCHANGED has come; takes the descriptor.  Context: main thread */
void exchange_answered(const struct link_message *message, struct message_fds *fds);

#endif
