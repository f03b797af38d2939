/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/transport.h"

int transport_open(struct transport **transport)
{
	const char *path = getenv("QCUDA_SOCKET");

	return path && *path ? transport_socket_open(path, transport) :
			       transport_virtio_open(transport);
}
