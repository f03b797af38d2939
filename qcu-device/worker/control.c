/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "qcu-device/common/container_of.h"
#include "qcu-device/common/log.h"
#include "qcu-device/worker/channel.h"
#include "qcu-device/worker/control.h"
#include "qcu-device/worker/region.h"

#define REQUEST_OF(job_) container_of(job_, struct control_request, job)

/* What a handler returns when the answer comes later */
#define LATER ((enum qcuda_status)-1)

void control_end(const char *why)
{
	if (why)
		log_warn("the session ends: %s", why);
	_exit(1);
}

static enum qcuda_status handle_region_add(struct control_request *request, const void *message,
					   struct message_fds *fds)
{
	const struct qcuda_region_add *add = message;
	const struct qcuda_extent *extents = (const void *)(add + 1);
	uint64_t length = sizeof(*add) + (uint64_t)add->n_extents * sizeof(*extents);
	bool more = add->msg.type == QCUDA_REGION_MORE;

	if (add->msg.length != length)
		return QCUDA_ERR_PROTOCOL;
	if (fds) {
		if (more || add->n_extents || fds->n != 1)
			return QCUDA_ERR_PROTOCOL;
		request->response.value = add->length;
		return region_add_file(add, fds->fd[0]);
	}
	return region_add(add, extents, control_queue_memory(), more, &request->response.value);
}

static void region_del_run(struct job *job)
{
	region_finish(REQUEST_OF(job)->region);
}

static void region_del_done(struct job *job)
{
	struct control_request *request = REQUEST_OF(job);

	request->answer(request);
}

static enum qcuda_status handle_region_del(struct control_request *request, const void *message,
					   struct message_fds *fds)
{
	const struct qcuda_region_del *del = message;
	enum qcuda_status status = region_delete(del->region, &request->region);

	if (status != QCUDA_OK)
		return status;
	request->job.run = region_del_run;
	request->job.done = region_del_done;
	if (!job_start(&request->job))
		control_end("no thread to delete a region");
	return LATER;
}

static enum qcuda_status handle_channel_start(struct control_request *request, const void *message,
					      struct message_fds *fds)
{
	int event = fds ? message_fds_take(fds) : -1;

	if (fds && event < 0)
		return QCUDA_ERR_PROTOCOL;
	return channel_start(message, event);
}

static void channel_stop_run(struct job *job)
{
	channel_wait(REQUEST_OF(job)->channel);
}

static void channel_stop_done(struct job *job)
{
	struct control_request *request = REQUEST_OF(job);

	channel_finish(request->channel);
	request->answer(request);
}

static enum qcuda_status handle_channel_stop(struct control_request *request, const void *message,
					     struct message_fds *fds)
{
	const struct qcuda_channel_stop *stop = message;
	enum qcuda_status status = channel_stop(stop->channel, &request->channel);

	if (status != QCUDA_OK)
		return status;
	request->job.run = channel_stop_run;
	request->job.done = channel_stop_done;
	if (!job_start(&request->job))
		control_end("no thread to stop a channel");
	return LATER;
}

/* @size: the least; a message with more to come checks the rest itself */
static const struct handler {
	uint32_t type;
	uint32_t size;
	bool exact;
	enum qcuda_status (*handle)(struct control_request *, const void *, struct message_fds *);
} handlers[] = {
	{ QCUDA_REGION_ADD, sizeof(struct qcuda_region_add), false, handle_region_add },
	{ QCUDA_REGION_MORE, sizeof(struct qcuda_region_add), false, handle_region_add },
	{ QCUDA_REGION_DEL, sizeof(struct qcuda_region_del), true, handle_region_del },
	{ QCUDA_CHANNEL_START, sizeof(struct qcuda_channel_start), true, handle_channel_start },
	{ QCUDA_CHANNEL_STOP, sizeof(struct qcuda_channel_stop), true, handle_channel_stop },
};

static const struct handler *handler_find(const void *message, size_t size)
{
	const struct qcuda_msg *msg = message;

	if (size < sizeof(*msg) || msg->length != size)
		return NULL;
	for (unsigned i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		const struct handler *handler = &handlers[i];

		if (handler->type == msg->type)
			return size == handler->size || (!handler->exact && size > handler->size) ?
				       handler :
				       NULL;
	}
	return NULL;
}

static const char *type_name(const struct qcuda_msg *msg)
{
	switch (msg->type) {
	case QCUDA_REGION_ADD:
		return "REGION_ADD";
	case QCUDA_REGION_MORE:
		return "REGION_MORE";
	case QCUDA_REGION_DEL:
		return "REGION_DEL";
	case QCUDA_CHANNEL_START:
		return "CHANNEL_START";
	case QCUDA_CHANNEL_STOP:
		return "CHANNEL_STOP";
	}
	return "unknown";
}

void control_handle(struct control_request *request, const void *message, size_t size,
		    struct message_fds *fds)
{
	const struct handler *handler = handler_find(message, size);
	enum qcuda_status status;

	if (!handler) {
		status = QCUDA_ERR_PROTOCOL;
	} else {
		status = handler->handle(request, message, fds);
		log_debug("control %s: %d", type_name(message), (int)status);
	}
	if (status == LATER)
		return;
	request->response.status = status;
	if (status != QCUDA_OK)
		request->response.value = 0;
	request->answer(request);
}
