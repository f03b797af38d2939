/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * qcuda_uapi.h - what qcu-driver offers to guest user space: /dev/qcuda
 *
 * open() is a session with a worker process of its own on the host; close()
 * (or the death of the process) ends it.  The driver knows no CUDA: it shares
 * memory with the host (PIN, UNPIN), starts channels in that memory, and passes
 * wake-ups both ways (DOORBELL, WAIT).
 *
 * Errors common to all: EIO the host refused or answered nonsense; ENODEV the
 * device is gone (unplugged, or its driver unbound); EPIPE this session's
 * worker has died (every later call of the session says the same; open anew);
 * EINTR a signal came first.
 *
 * All calls may be made from several threads at once.
 * Fields called reserved are 0, else EINVAL.
 *
 * open() may fail with: EBUSY every session the device serves is in use; ENOMEM
 * the guest or the host has no memory; ENXIO the host's CUDA driver could not be
 * loaded; ENODEV, EIO as above.
 */
#ifndef QCUDA_UAPI_H
#define QCUDA_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define QCUDA_DEVICE	"/dev/qcuda"

/** struct qcuda_info - QCUDA_IOC_INFO: what was agreed with the device */
struct qcuda_info {
	__u32 version_major;
	__u32 version_minor;
	__u64 features;
	__u32 max_channels;
	__u32 session;
};

/**
 * struct qcuda_pin - QCUDA_IOC_PIN: share memory of this process with the host
 * @addr: in, page aligned
 * @length: in, bytes, page aligned, not 0
 * @region: out, the region's id
 *
 * The pages stay in place until QCUDA_IOC_UNPIN or the session's end.  Errors:
 * EINVAL alignment or overflow; EFAULT not writable memory of this process;
 * ENOMEM no memory or more than the module's pin_limit_percent (or, if its memlock is
 * set, than RLIMIT_MEMLOCK); ENOSPC too many regions.
 */
struct qcuda_pin {
	__u64 addr;
	__u64 length;
	__u32 region;
	__u32 reserved;
};

#define QCUDA_WATCH_WORDS	1024

/**
 * struct qcuda_pin_watched - QCUDA_IOC_PIN_WATCHED: share memory that the process may unmap
 * @pin: as for QCUDA_IOC_PIN
 * @word: in, the index of a word of the watch page
 * @reserved: 0
 *
 * The watch page is one page of QCUDA_WATCH_WORDS times __u32, mapped from the
 * device at offset 0, for reading.  @word becomes 0 here; and it becomes 1 when what
 * lies at these addresses may change (munmap, mremap, madvise, mprotect, fork, ...),
 * before the call that changes it is back; or when the pages are needed for something
 * else.  The driver then takes the pages back by itself, once the host has let go; the
 * id is not free before QCUDA_IOC_UNPIN.
 *
 * Only for memory of the process's own: private and anonymous, or huge pages, and not
 * registered with userfaultfd; else EFAULT.  The host maps it anywhere, not at @pin.addr.  No channel can run in it.
 * Errors beyond those of QCUDA_IOC_PIN: EAGAIN it changes all the time, or others have
 * been told to give up theirs for it; ENOMEM also: more than the module's
 * watch_limit_percent or watch_session_limit_percent, or too scattered.
 */
struct qcuda_pin_watched {
	struct qcuda_pin pin;
	__u32 word;
	__u32 reserved;
};

/**
 * struct qcuda_unpin - QCUDA_IOC_UNPIN: returns when the host has let go
 * @region: its id
 * @flags: QCUDA_UNPIN_LATER or 0, else EINVAL
 *
 * The host may have to wait for its GPU before it lets go.  With QCUDA_UNPIN_LATER a
 * watched region is forgotten at once: the driver waits for the host, the id is no longer
 * the caller's, and the word of the watch page may be used again.  Of other regions the
 * flag says nothing.  Errors: ENOENT no such region; EBUSY a channel runs in it.
 */
#define QCUDA_UNPIN_LATER	1u
struct qcuda_unpin {
	__u32 region;
	__u32 flags;
};

/**
 * struct qcuda_channel - QCUDA_IOC_CHANNEL_START
 * @region, @offset, @ring_bytes, @reply_bytes: in, as in struct
 *	qcuda_channel_start of protocol.h
 * @channel: out, the channel's id
 *
 * Errors: ENOENT no such region; EINVAL refused sizes; ENOSPC all channels run.
 */
struct qcuda_channel {
	__u32 region;
	__u32 channel;
	__u64 offset;
	__u32 ring_bytes;
	__u32 reply_bytes;
};

/** struct qcuda_channel_id - QCUDA_IOC_CHANNEL_STOP, QCUDA_IOC_DOORBELL; ENOENT: none such */
struct qcuda_channel_id {
	__u32 channel;
	__u32 reserved;
};

/**
 * struct qcuda_wait - QCUDA_IOC_WAIT: sleep until the host has news
 * @channel: in
 * @seen: in: the count this thread has seen (0 at first); out: the count now
 *
 * The driver counts the events of each channel since it was started.  Returns
 * at once if the count is not @seen, so no wake-up is lost between the check of
 * the shared memory and the sleep.  CHANNEL_STOP wakes a waiter with ENOENT.
 */
struct qcuda_wait {
	__u32 channel;
	__u32 seen;
};

#define QCUDA_IOC_INFO		_IOR('q', 0x00, struct qcuda_info)
#define QCUDA_IOC_PIN		_IOWR('q', 0x01, struct qcuda_pin)
#define QCUDA_IOC_UNPIN		_IOW('q', 0x02, struct qcuda_unpin)
#define QCUDA_IOC_CHANNEL_START	_IOWR('q', 0x03, struct qcuda_channel)
#define QCUDA_IOC_CHANNEL_STOP	_IOW('q', 0x04, struct qcuda_channel_id)
#define QCUDA_IOC_DOORBELL	_IOW('q', 0x05, struct qcuda_channel_id)
#define QCUDA_IOC_WAIT		_IOWR('q', 0x06, struct qcuda_wait)
#define QCUDA_IOC_PIN_WATCHED	_IOWR('q', 0x07, struct qcuda_pin_watched)

#endif
