/* SPDX-License-Identifier: MIT */
#include "qcu-device/common/version.h"
#include "wire/protocol.h"

unsigned int version_minor = QCUDA_VERSION_MINOR;

unsigned int version_agreed(unsigned int of_guest)
{
	return of_guest < version_minor ? of_guest : version_minor;
}
