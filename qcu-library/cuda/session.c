/* SPDX-License-Identifier: MIT */
/*
 * session.c - connection, death, fork and exit
 *
 * Nothing is ever torn down at exit: threads may still be calling, and
 * destructors of the program may call after anything this library could do.  The
 * kernel closes the connection when the process ends, and the worker dies of it.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/timeline.h"
#include "qcu-library/cuda/window.h"

/* How often, and how long each time, room that windows leave is waited for; the driver waits, too */
#define ROOM_TRIES	3
#define ROOM_US		50000

struct session session;
__thread bool session_in_callback;

/* Serialises connecting; guards session.transport and session.host until CONNECTED. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int state(void)
{
	return atomic_load_explicit(&session.state, memory_order_acquire);
}

static void set_state(enum session_state to)
{
	atomic_store_explicit(&session.state, to, memory_order_release);
}

/* In the child: the session stays the parent's. */
static void after_fork(void)
{
	enum session_state was = state();

	pthread_mutex_init(&lock, NULL);
	if (was == SESSION_NEW || was == SESSION_FORKED)
		return;
	set_state(SESSION_FORKED);
	timeline_forked();
	session.transport->ops->forked(session.transport);
	session.transport->ops->close(session.transport);
}

static CUresult open_error(int error)
{
	switch (error) {
	case -ENOMEM:
		return CUDA_ERROR_OUT_OF_MEMORY;
	case -ENXIO:
		return CUDA_ERROR_SYSTEM_NOT_READY;
	case -EBUSY:
	case -EPIPE:
		return CUDA_ERROR_DEVICE_UNAVAILABLE;
	case -EPROTO:
		return CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
	}
	return CUDA_ERROR_NO_DEVICE;
}

static CUresult connect_locked(void)
{
	CUresult rc;
	int error;

	if (!session.transport) {
		error = transport_open(&session.transport);
		if (error) {
			debug_session("no session: %s", strerror(-error));
			return open_error(error);
		}
		pthread_atfork(NULL, NULL, after_fork);
	}
	rc = send_host_info(&session.host);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (session.host.driver_version <= 0 || session.host.device_count < 0)
		return CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
	debug_session("%s: the host's CUDA is %d.%d with %d devices", session.transport->ops->name,
		      session.host.driver_version / 1000, session.host.driver_version % 1000 / 10,
		      session.host.device_count);
	set_state(SESSION_CONNECTED);
	return CUDA_SUCCESS;
}

CUresult session_connect(void)
{
	CUresult rc = CUDA_SUCCESS;

	pthread_mutex_lock(&lock);
	if (state() == SESSION_NEW)
		rc = connect_locked();
	else if (state() != SESSION_CONNECTED)
		rc = session_check();
	pthread_mutex_unlock(&lock);
	return rc;
}

void session_up(void)
{
	pthread_mutex_lock(&lock);
	if (state() == SESSION_CONNECTED)
		set_state(SESSION_UP);
	pthread_mutex_unlock(&lock);
}

CUresult session_failed(int error)
{
	int was = state();

	switch (error) {
	case -ENOMEM:
	case -ENOSPC:
	case -EAGAIN:
		return CUDA_ERROR_OUT_OF_MEMORY;
	case -EFAULT:
	case -EINVAL:
		return CUDA_ERROR_INVALID_VALUE;
	case -EOPNOTSUPP:
		return CUDA_ERROR_NOT_SUPPORTED;
	}
	while (was < SESSION_DEAD &&
	       !atomic_compare_exchange_weak(&session.state, &was, SESSION_DEAD))
		;
	if (was < SESSION_DEAD)
		debug_session("the session has ended: %s", strerror(-error));
	return was == SESSION_FORKED ? CUDA_ERROR_NOT_INITIALIZED : session_over();
}

static bool is_short(int error)
{
	return error == -ENOMEM || error == -ENOSPC;
}

int session_share(void *addr, size_t length, bool fresh, uint32_t *region)
{
	struct transport *transport = session.transport;
	int error = transport->ops->region_share(transport, addr, length, fresh, region);

	if (!is_short(error) || !window_close_idle())
		return error;
	/* They go in the driver's own time, unless the GPU uses them. */
	for (int i = 0; i < ROOM_TRIES && is_short(error); i++) {
		usleep(ROOM_US);
		error = transport->ops->region_share(transport, addr, length, fresh, region);
	}
	return error;
}

CUresult shared_alloc(void *hint, size_t length, void **addr, uint32_t *region)
{
	void *p = mmap(hint, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rc;

	if (p == MAP_FAILED)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = session_share(p, length, true, region);
	if (rc) {
		munmap(p, length);
		return session_failed(rc);
	}
	madvise(p, length, MADV_DONTFORK);
	*addr = p;
	return CUDA_SUCCESS;
}

void shared_free(void *addr, size_t length, uint32_t region)
{
	int rc = session.transport->ops->region_unshare(session.transport, region, true);

	if (rc)
		session_failed(rc);
	munmap(addr, length);
}
