package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const kubeletHands = 4

// Kubelet stands in for the kubelets of all nodes: a pod that was bound runs at once, and one that
// is to go is gone at once. It knows what to do by an informer alone, so that an event which its
// watch leaves out shows as a pod that is stuck.
type Kubelet struct {
	trial   *Trial
	promise *Promise
	queue   workqueue.TypedRateLimitingInterface[string]
	pods    listers.PodLister
}

func (t *Trial) kubelet(ctx context.Context, promise *Promise) error {
	factory := informers.NewSharedInformerFactory(t.typed, 0)
	k := &Kubelet{
		trial: t, promise: promise, pods: factory.Core().V1().Pods().Lister(),
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](
				50*time.Millisecond, 2*time.Second))}
	add := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			k.queue.Add(key)
		}
	}
	informer := factory.Core().V1().Pods().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: add, UpdateFunc: func(_, now any) { add(now) }}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for range kubeletHands {
		go k.work(ctx)
	}
	go func() { <-ctx.Done(); k.queue.ShutDown() }()
	return nil
}

func (k *Kubelet) work(ctx context.Context) {
	for {
		key, over := k.queue.Get()
		if over {
			return
		}
		call, cancel := bounded(ctx)
		err := k.serve(call, key)
		cancel()
		if err != nil && !apierrors.IsNotFound(err) {
			k.queue.AddRateLimited(key)
		} else {
			k.queue.Forget(key)
		}
		k.queue.Done(key)
	}
}

func (k *Kubelet) serve(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return err
	}
	pod, err := k.pods.Pods(namespace).Get(name)
	if err != nil || pod.Spec.NodeName == "" {
		return err
	}
	pods := k.trial.typed.CoreV1().Pods(namespace)
	if pod.DeletionTimestamp != nil {
		now := int64(0)
		err := pods.Delete(ctx, name, metav1.DeleteOptions{
			GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID}})
		if err == nil {
			k.promise.add("pods ended", 1)
		}
		return err
	}
	if pod.Status.Phase == corev1.PodRunning {
		return nil
	}
	running := pod.DeepCopy()
	now := metav1.Now()
	running.Status.Phase = corev1.PodRunning
	running.Status.StartTime = &now
	for _, each := range []corev1.PodConditionType{
		corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		running.Status.Conditions = append(running.Status.Conditions, corev1.PodCondition{
			Type: each, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	_, err = pods.UpdateStatus(ctx, running, metav1.UpdateOptions{})
	if err == nil {
		k.promise.add("pods bound and run", 1)
	}
	return err
}
