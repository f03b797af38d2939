// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_carrier.c - virtio-fs devices that are ours, and how to get them
 *
 * DOC: Theory of operation
 *
 * A virtio-fs device whose tag is "qcuda" is no file system but our carrier.
 * virtiofs would bind to it like to any other, without noticing: it says nothing
 * to a device before somebody mounts it.  Debian's cloud kernels from 6.12 on
 * have virtiofs built in, so that it always comes first.
 *
 * So we take our devices from it: those that it has when this module is loaded,
 * and later those that it is given (they were plugged in), which a notifier of
 * the bus tells.  The notifier only starts a work item, because a driver must
 * not be bound from inside it.
 */
#include <linux/device.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_ids.h>

#include "qcuda_internal.h"

static struct device_driver *carrier_driver;

/**
 * qcuda_carrier_is_ours() - is this device for us?
 * @vdev: any virtio device
 *
 * Context: Process context.
 */
bool qcuda_carrier_is_ours(struct virtio_device *vdev)
{
	char tag[sizeof_field(struct virtio_fs_config, tag) + 1] = "";

	if (vdev->id.device != VIRTIO_ID_FS)
		return vdev->id.device == QCUDA_TEST_DEVICE_ID;
	virtio_cread_bytes(vdev, offsetof(struct virtio_fs_config, tag), tag, sizeof(tag) - 1);
	return !strcmp(tag, QCUDA_CARRIER_TAG);
}

static int carrier_take(struct device *dev, void *unused)
{
	struct device_driver *driver = READ_ONCE(dev->driver);
	int err;

	if (!driver || driver == carrier_driver || !qcuda_carrier_is_ours(dev_to_virtio(dev)))
		return 0;
	dev_info(dev, "taken from %s\n", driver->name);
	device_release_driver(dev);
	err = device_driver_attach(carrier_driver, dev);
	if (err)
		dev_err(dev, "cannot be bound: %d\n", err);
	return 0;
}

static void carrier_scan(struct work_struct *work)
{
	bus_for_each_dev(carrier_driver->bus, NULL, NULL, carrier_take);
}
static DECLARE_WORK(carrier_work, carrier_scan);

static int carrier_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct device *dev = data;

	if (action == BUS_NOTIFY_BOUND_DRIVER && dev->driver != carrier_driver)
		queue_work(qcuda_wq, &carrier_work);
	return NOTIFY_DONE;
}

static struct notifier_block carrier_nb = {
	.notifier_call = carrier_notify,
};

/**
 * qcuda_carrier_watch() - take the devices that are ours, now and in future
 * @driver: our driver, registered
 *
 * Context: Process context.  Returns when those that are there are bound.
 * Return: 0 or a negative errno.
 */
int qcuda_carrier_watch(struct device_driver *driver)
{
	int err;

	carrier_driver = driver;
	err = bus_register_notifier(driver->bus, &carrier_nb);
	if (err)
		return err;
	carrier_scan(&carrier_work);
	return 0;
}

/**
 * qcuda_carrier_unwatch() - take no more devices; before the driver is unregistered
 *
 * Context: Process context.
 */
void qcuda_carrier_unwatch(void)
{
	bus_unregister_notifier(carrier_driver->bus, &carrier_nb);
	cancel_work_sync(&carrier_work);
}
