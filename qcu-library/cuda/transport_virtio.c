/* SPDX-License-Identifier: MIT */
/* transport_virtio.c - through qcu-driver's /dev/qcuda: each function is one ioctl */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/transport.h"
#include "wire/protocol.h"
#include "wire/qcuda_uapi.h"

struct virtio {
	struct transport transport;
	int fd;
};

static struct virtio *virtio_of(struct transport *transport)
{
	return (struct virtio *)transport;
}

/* An ioctl that a signal does not end */
static int control(struct transport *transport, unsigned long request, void *argument)
{
	while (ioctl(virtio_of(transport)->fd, request, argument) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void virtio_close(struct transport *transport)
{
	close(virtio_of(transport)->fd);
	free(transport);
}

static int virtio_region_share(struct transport *transport, void *addr, size_t length, bool fresh,
			       uint32_t *region)
{
	struct qcuda_pin pin = { .addr = (uintptr_t)addr, .length = length };
	int rc = control(transport, QCUDA_IOC_PIN, &pin);

	*region = pin.region;
	return rc;
}

static int virtio_region_share_watched(struct transport *transport, void *addr, size_t length,
				       uint32_t word, uint32_t *region)
{
	struct qcuda_pin_watched pin = {
		.pin = { .addr = (uintptr_t)addr, .length = length },
		.word = word,
	};
	int rc = control(transport, QCUDA_IOC_PIN_WATCHED, &pin);

	*region = pin.pin.region;
	return rc;
}

static int virtio_region_unshare(struct transport *transport, uint32_t region, bool gone)
{
	struct qcuda_unpin unpin = { .region = region };

	return control(transport, QCUDA_IOC_UNPIN, &unpin);
}

static int virtio_region_forget_watched(struct transport *transport, uint32_t region)
{
	struct qcuda_unpin unpin = { .region = region, .flags = QCUDA_UNPIN_LATER };
	int rc = control(transport, QCUDA_IOC_UNPIN, &unpin);

	/* A driver of old knows no flags. */
	return rc == -EINVAL ? virtio_region_unshare(transport, region, true) : rc;
}

static int virtio_channel_start(struct transport *transport, uint32_t region, uint64_t offset,
				uint32_t ring_bytes, uint32_t reply_bytes, uint32_t *channel)
{
	struct qcuda_channel start = { .region = region, .offset = offset,
				       .ring_bytes = ring_bytes, .reply_bytes = reply_bytes };
	int rc = control(transport, QCUDA_IOC_CHANNEL_START, &start);

	*channel = start.channel;
	return rc;
}

static int virtio_channel_stop(struct transport *transport, uint32_t channel)
{
	struct qcuda_channel_id stop = { .channel = channel };

	return control(transport, QCUDA_IOC_CHANNEL_STOP, &stop);
}

static int virtio_doorbell(struct transport *transport, uint32_t channel)
{
	struct qcuda_channel_id ring = { .channel = channel };

	return control(transport, QCUDA_IOC_DOORBELL, &ring);
}

static int virtio_wait(struct transport *transport, uint32_t channel, uint32_t *seen)
{
	struct qcuda_wait wait = { .channel = channel, .seen = *seen };
	int rc = control(transport, QCUDA_IOC_WAIT, &wait);

	if (!rc)
		*seen = wait.seen;
	return rc;
}

/* The kernel gave the child copies of pinned private pages at the fork. */
static void virtio_forked(struct transport *transport)
{
}

static const struct transport_ops ops = {
	.name = "virtio",
	.close = virtio_close,
	.region_share = virtio_region_share,
	.region_share_watched = virtio_region_share_watched,
	.region_unshare = virtio_region_unshare,
	.region_forget_watched = virtio_region_forget_watched,
	.channel_start = virtio_channel_start,
	.channel_stop = virtio_channel_stop,
	.doorbell = virtio_doorbell,
	.wait = virtio_wait,
	.forked = virtio_forked,
};

/* A driver or a host of old cannot. */
static void map_watch_page(struct virtio *virtio)
{
	void *watch;

	if (virtio->transport.version_minor < WIRE_SPAN_LOOSE_SINCE)
		return;
	watch = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, virtio->fd, 0);
	if (watch != MAP_FAILED)
		virtio->transport.watch = watch;
}

int transport_virtio_open(struct transport **transport)
{
	struct qcuda_info info = { 0 };
	struct virtio *virtio;
	int rc;

	virtio = calloc(1, sizeof(*virtio));
	if (!virtio)
		return -ENOMEM;
	virtio->transport.ops = &ops;
	virtio->fd = open(QCUDA_DEVICE, O_RDWR | O_CLOEXEC);
	if (virtio->fd < 0) {
		rc = errno == ENOENT ? -ENODEV : -errno;
		goto err_free;
	}
	rc = control(&virtio->transport, QCUDA_IOC_INFO, &info);
	if (rc)
		goto err_close;
	rc = -EPROTO;
	if (info.version_major != QCUDA_VERSION_MAJOR)
		goto err_close;
	virtio->transport.version_minor = info.version_minor;
	virtio->transport.max_channels = info.max_channels;
	map_watch_page(virtio);
	debug_session("%s: session %u, version %u.%u", QCUDA_DEVICE, info.session,
		      info.version_major, info.version_minor);
	*transport = &virtio->transport;
	return 0;

err_close:
	close(virtio->fd);
err_free:
	free(virtio);
	return rc;
}
