// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_drv.c - the module and the device
 *
 * DOC: Theory of operation
 *
 * Any QEMU can carry the device behind vhost-user-fs-pci: a virtio-fs device
 * (id 26) whose tag is "qcuda" (qcuda_carrier.c).  Every other one is left to
 * virtiofs.  QEMU 10.2 and later have vhost-user-test-device-pci, which is given
 * id 39; it has no configuration space of ours, so there the number of queues
 * is learned from the device itself: it is started with the admin queue alone,
 * asked, reset, and started again.
 *
 * Stopping (unbind, unplug, unload, suspend, shutdown) is always the same:
 * no new sessions; nothing more goes into the rings; the device is reset, after
 * which it touches no memory of ours; everybody who waits is told -ENODEV; the
 * virtqueues are freed.  Open files survive it, with nothing behind them.
 *
 * The node is a character device of its own rather than a miscdevice, whose
 * open() runs under one mutex for all of them: a host that takes its time to
 * start a worker would hold up /dev/kvm and /dev/fuse.
 */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_ids.h>
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#include <asm/processor.h>
#endif

#include "qcuda_compat.h"
#include "qcuda_internal.h"

#define QCUDA_MAX_DEVICES	32

/* How long probe waits for the device to say hello, at most */
#define HELLO_PATIENCE		(10 * HZ)

struct workqueue_struct *qcuda_wq;

static dev_t qcuda_devt;
static DEFINE_IDA(qcuda_minors);

/* As with NVIDIA's nodes, everybody may: a session can harm only itself. */
static char *qcuda_devnode(QCUDA_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static struct class qcuda_class = {
	.name = "qcuda",
	.devnode = qcuda_devnode,
};

/* An event of the admin queue, in interrupt context, with its lock held */
static void admin_event(struct qcuda_queue *admin, u32 type, u32 id)
{
	struct qcuda_device *qdev = admin->qdev;

	if (type == QCUDA_EVENT_DIED && id >= 1 && id <= qdev->n_control)
		qcuda_queue_fail(qdev->queues[id], -EPIPE);
}

static void queues_free(struct qcuda_queue **queues, unsigned int n_control)
{
	unsigned int i;

	for (i = 0; i <= n_control; i++)
		qcuda_queue_put(queues[i]);
	kfree(queues);
}

static int queues_create(struct qcuda_device *qdev, struct virtqueue **vqs, unsigned int n_control)
{
	struct qcuda_queue **queues = kcalloc(n_control + 1, sizeof(*queues), GFP_KERNEL);
	struct qcuda_queue *q;
	unsigned int i;

	if (!queues)
		return -ENOMEM;
	for (i = 0; i <= n_control; i++) {
		if (i)
			q = qcuda_queue_create(qdev, vqs[i],
					       QCUDA_MAX_CHANNELS + QCUDA_SPARE_EVENTS,
					       qcuda_channel_event);
		else
			q = qcuda_queue_create(qdev, vqs[i], n_control + 1, admin_event);
		if (IS_ERR(q)) {
			queues_free(queues, n_control);
			return PTR_ERR(q);
		}
		queues[i] = q;
	}
	qdev->queues = queues;
	qdev->n_control = n_control;
	return 0;
}

/* Find the virtqueues and set the device going; nothing is sent yet. */
static int device_start(struct qcuda_device *qdev, unsigned int n_control)
{
	struct virtqueue **vqs = kcalloc(n_control + 1, sizeof(*vqs), GFP_KERNEL);
	struct virtio_device *vdev = qdev->vdev;
	int err;

	if (!vqs)
		return -ENOMEM;
	err = qcuda_find_vqs(vdev, n_control + 1, vqs, qcuda_queue_interrupt);
	if (err) {
		dev_err(&vdev->dev, "no %u virtqueues: %d\n", n_control + 1, err);
		goto out;
	}
	err = queues_create(qdev, vqs, n_control);
	if (err) {
		vdev->config->del_vqs(vdev);
		goto out;
	}
	virtio_device_ready(vdev);
	qcuda_queue_post_events(qdev->queues[0]);
out:
	kfree(vqs);
	return err;
}

/* The reverse of device_start(); see the theory of operation. */
static void device_stop(struct qcuda_device *qdev)
{
	struct virtio_device *vdev = qdev->vdev;
	struct qcuda_queue **queues = qdev->queues;
	unsigned int n = qdev->n_control;
	int i;

	if (!queues)
		return;
	spin_lock(&qdev->lock);
	qdev->running = false;
	spin_unlock(&qdev->lock);
	wake_up_all(&qdev->slots_changed);
	for (i = n; i >= 0; i--)
		qcuda_queue_pause(queues[i]);
	virtio_reset_device(vdev);
	/* The admin queue last: its CLOSEs must find their control queues stopped. */
	for (i = n; i >= 0; i--)
		qcuda_queue_stop(queues[i]);
	qcuda_session_reap_parked(qdev);
	synchronize_rcu();
	vdev->config->del_vqs(vdev);
	qdev->queues = NULL;
	queues_free(queues, n);
}

/* Agree on version and features; the number of sessions served, or a negative errno. */
static int device_hello(struct qcuda_device *qdev)
{
	struct device *dev = &qdev->vdev->dev;
	struct qcuda_request *req;
	u64 n_sessions;
	int err;

	req = qcuda_request_create(QCUDA_ADMIN_HELLO, sizeof(req->message.hello));
	if (!req)
		return -ENOMEM;
	req->message.hello.version_major = cpu_to_le32(QCUDA_VERSION_MAJOR);
	req->message.hello.version_minor = cpu_to_le32(QCUDA_VERSION_MINOR);
	qcuda_queue_send(qdev->queues[0], req);
	err = -ETIMEDOUT;
	if (wait_for_completion_timeout(&req->done, HELLO_PATIENCE))
		err = qcuda_request_result(req);
	if (err) {
		dev_err(dev, "the device did not accept protocol %u.%u: %d\n",
			QCUDA_VERSION_MAJOR, QCUDA_VERSION_MINOR, err);
		goto out;
	}
	n_sessions = le64_to_cpu(req->response.value);
	qdev->version_minor = min_t(u32, le32_to_cpu(req->response.version_minor),
				    QCUDA_VERSION_MINOR);
	qdev->features = 0;		/* none are defined that we could have asked for */
	err = min_t(u64, n_sessions, QCUDA_MAX_SESSIONS);
	if (!err) {
		dev_err(dev, "the device serves no session\n");
		err = -EIO;
	}
out:
	qcuda_request_put(req);
	return err;
}

/* Repeat what the virtio core has done before probe, after a reset. */
static int device_negotiate(struct virtio_device *vdev)
{
	int err;

	virtio_add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_DRIVER);
	err = vdev->config->finalize_features(vdev);
	if (err)
		return err;
	virtio_add_status(vdev, VIRTIO_CONFIG_S_FEATURES_OK);
	return vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -ENODEV;
}

/* How many control queues does the device have?  Asks it if it has no config space. */
static int device_count_queues(struct qcuda_device *qdev)
{
	struct virtio_device *vdev = qdev->vdev;
	u32 n;
	int served, err;

	if (vdev->id.device == VIRTIO_ID_FS) {
		virtio_cread_le(vdev, struct virtio_fs_config, num_request_queues, &n);
		return clamp_t(u32, n, 1, QCUDA_MAX_SESSIONS);
	}
	err = device_start(qdev, 0);
	if (err)
		return err;
	served = device_hello(qdev);
	device_stop(qdev);
	err = device_negotiate(vdev);
	return err ? err : served;
}

/* From a negotiated device to one that sessions may use */
static int device_bring_up(struct qcuda_device *qdev)
{
	int n, served, err;

	n = device_count_queues(qdev);
	if (n < 0)
		return n;
	err = device_start(qdev, n);
	if (err)
		return err;
	served = device_hello(qdev);
	if (served < 0) {
		device_stop(qdev);
		return served;
	}
	spin_lock(&qdev->lock);
	qdev->n_sessions = min(n, served);
	qdev->running = true;
	spin_unlock(&qdev->lock);
	return 0;
}

static void device_release(struct device *dev)
{
	kfree(container_of(dev, struct qcuda_device, dev));
}

/*
 * The host must not write into memory that is the next kernel's.  (Not every
 * kernel resets virtio devices at shutdown, and some object to drivers that do.)
 */
static int device_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	device_stop(container_of(nb, struct qcuda_device, reboot));
	return NOTIFY_DONE;
}

static struct qcuda_device *device_create_unbound(struct virtio_device *vdev, int minor)
{
	struct qcuda_device *qdev = kzalloc(sizeof(*qdev), GFP_KERNEL);

	if (!qdev)
		return NULL;
	qdev->vdev = vdev;
	vdev->priv = qdev;
	qdev->minor = minor;
	spin_lock_init(&qdev->lock);
	INIT_LIST_HEAD(&qdev->parked);
	init_waitqueue_head(&qdev->slots_changed);
	qdev->reboot.notifier_call = device_reboot;
	device_initialize(&qdev->dev);
	qdev->dev.class = &qcuda_class;
	qdev->dev.parent = &vdev->dev;
	qdev->dev.devt = MKDEV(MAJOR(qcuda_devt), minor);
	qdev->dev.release = device_release;
	cdev_init(&qdev->cdev, &qcuda_fops);
	qdev->cdev.owner = THIS_MODULE;
	return qdev;
}

#ifdef CONFIG_X86
/*
 * QEMU's TCG makes no memory barriers for a machine that can have only one processor, as if nobody
 * else looked at its memory: calls hang, for wake-ups are lost.
 */
static void warn_without_barriers(struct virtio_device *vdev)
{
	u32 highest, name[3];

	if (num_possible_cpus() > 1 || !boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return;
	cpuid(0x40000000, &highest, &name[0], &name[1], &name[2]);
	if (!memcmp(name, "TCGTCGTCGTCG", sizeof(name)))
		dev_warn(&vdev->dev, "calls may hang on one emulated CPU: start QEMU with -smp 1,maxcpus=2\n");
}
#else
static void warn_without_barriers(struct virtio_device *vdev)
{
}
#endif

static int qcuda_probe(struct virtio_device *vdev)
{
	struct qcuda_device *qdev;
	int minor, err;

	if (!qcuda_carrier_is_ours(vdev)) {
		/* virtiofs is asked next; it must be able to negotiate afresh. */
		virtio_reset_device(vdev);
		return -ENODEV;
	}
	if (virtio_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM)) {
		dev_err(&vdev->dev, "a device behind an IOMMU cannot share memory with the host\n");
		return -EINVAL;
	}
	warn_without_barriers(vdev);
	minor = ida_alloc_max(&qcuda_minors, QCUDA_MAX_DEVICES - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	err = -ENOMEM;
	qdev = device_create_unbound(vdev, minor);
	if (!qdev)
		goto err_free_minor;
	err = minor ? dev_set_name(&qdev->dev, "qcuda%d", minor) : dev_set_name(&qdev->dev, "qcuda");
	if (err)
		goto err_put_device;
	err = device_bring_up(qdev);
	if (err)
		goto err_put_device;
	err = register_reboot_notifier(&qdev->reboot);
	if (err)
		goto err_stop;
	err = cdev_device_add(&qdev->cdev, &qdev->dev);
	if (err)
		goto err_unregister_notifier;
	dev_info(&vdev->dev, "%s: %u sessions, protocol %u.%u\n", dev_name(&qdev->dev),
		 qdev->n_sessions, QCUDA_VERSION_MAJOR, qdev->version_minor);
	return 0;

err_unregister_notifier:
	unregister_reboot_notifier(&qdev->reboot);
err_stop:
	device_stop(qdev);
err_put_device:
	put_device(&qdev->dev);
err_free_minor:
	ida_free(&qcuda_minors, minor);
	return err;
}

static void qcuda_remove(struct virtio_device *vdev)
{
	struct qcuda_device *qdev = vdev->priv;

	cdev_device_del(&qdev->cdev, &qdev->dev);
	unregister_reboot_notifier(&qdev->reboot);
	device_stop(qdev);
	/* Free at once, though files may be open: a device plugged in again gets the name. */
	ida_free(&qcuda_minors, qdev->minor);
	put_device(&qdev->dev);
}

static int __maybe_unused qcuda_freeze(struct virtio_device *vdev)
{
	device_stop(vdev->priv);
	return 0;
}

static int __maybe_unused qcuda_restore(struct virtio_device *vdev)
{
	return device_bring_up(vdev->priv);
}

static const struct virtio_device_id qcuda_ids[] = {
	{ VIRTIO_ID_FS, VIRTIO_DEV_ANY_ID },
	{ QCUDA_TEST_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, qcuda_ids);

static struct virtio_driver qcuda_driver = {
	.driver.name		= KBUILD_MODNAME,
	.driver.owner		= THIS_MODULE,
	.id_table		= qcuda_ids,
	.probe			= qcuda_probe,
	.remove			= qcuda_remove,
#ifdef CONFIG_PM_SLEEP
	.freeze			= qcuda_freeze,
	.restore		= qcuda_restore,
#endif
};

static int __init qcuda_init(void)
{
	int err;

	qcuda_wq = alloc_workqueue("qcuda", WQ_UNBOUND, 0);
	if (!qcuda_wq)
		return -ENOMEM;
	err = qcuda_account_init();
	if (err)
		goto err_destroy_wq;
	err = class_register(&qcuda_class);
	if (err)
		goto err_account_exit;
	err = alloc_chrdev_region(&qcuda_devt, 0, QCUDA_MAX_DEVICES, "qcuda");
	if (err)
		goto err_unregister_class;
	err = register_virtio_driver(&qcuda_driver);
	if (err)
		goto err_unregister_chrdev;
	err = qcuda_carrier_watch(&qcuda_driver.driver);
	if (err)
		goto err_unregister_driver;
	return 0;

err_unregister_driver:
	unregister_virtio_driver(&qcuda_driver);
err_unregister_chrdev:
	unregister_chrdev_region(qcuda_devt, QCUDA_MAX_DEVICES);
err_unregister_class:
	class_unregister(&qcuda_class);
err_account_exit:
	qcuda_account_exit();
err_destroy_wq:
	destroy_workqueue(qcuda_wq);
	return err;
}

static void __exit qcuda_exit(void)
{
	qcuda_carrier_unwatch();
	unregister_virtio_driver(&qcuda_driver);
	destroy_workqueue(qcuda_wq);	/* sessions that were closing are reaped here at the latest */
	unregister_chrdev_region(qcuda_devt, QCUDA_MAX_DEVICES);
	class_unregister(&qcuda_class);
	qcuda_account_exit();
	ida_destroy(&qcuda_minors);
}

module_init(qcuda_init);
module_exit(qcuda_exit);

MODULE_DESCRIPTION("qCUDA: CUDA of the host for processes of the guest");
MODULE_LICENSE("Dual MIT/GPL");
