package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	nodeCount    = 5
	leasesOfKube = "kube-node-lease"
)

// Nodes are machines that are there in name only: each has an object that says it is ready, and a
// lease that is renewed as a kubelet would.
type Nodes struct {
	trial   *Trial
	promise *Promise
	stop    context.CancelFunc
}

func (t *Trial) nodes(promise *Promise) *Nodes {
	return &Nodes{trial: t, promise: promise, stop: func() {}}
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i) }

// begin makes the nodes and keeps them alive until end is called.
func (n *Nodes) begin(ctx context.Context) error {
	for i := range nodeCount {
		name := nodeName(i)
		_, err := n.trial.wait(ctx, name+" is made", func(c context.Context) (bool, error) {
			_, err := n.trial.typed.CoreV1().Nodes().Create(c, &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{
					Name: name, Labels: map[string]string{"kubernetes.io/hostname": name}},
			}, metav1.CreateOptions{})
			if err != nil && !apierrors.IsAlreadyExists(err) {
				return false, err
			}
			return n.ready(c, name)
		})
		if err != nil {
			return err
		}
	}
	beating, stop := context.WithCancel(ctx)
	n.stop = stop
	for i := range nodeCount {
		go n.beat(beating, nodeName(i))
	}
	_, err := n.trial.wait(ctx, "the nodes take pods", n.well)
	return err
}

func (n *Nodes) ready(ctx context.Context, name string) (bool, error) {
	node, err := n.trial.typed.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	now := metav1.Now()
	held := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("64"),
		corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods:   resource.MustParse("500")}
	node.Status.Capacity, node.Status.Allocatable = held, held
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Trial",
		LastHeartbeatTime: now, LastTransitionTime: now}}
	_, err = n.trial.typed.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{})
	return err == nil, err
}

// beat renews the lease of a node every few seconds.
func (n *Nodes) beat(ctx context.Context, name string) {
	const between = 5 * time.Second
	leases := n.trial.typed.CoordinationV1().Leases(leasesOfKube)
	seconds := int32(40)
	last := time.Now()
	for ctx.Err() == nil {
		_, err := n.trial.wait(ctx, "the lease of "+name, func(c context.Context) (bool, error) {
			now := metav1.NowMicro()
			spec := coordinationv1.LeaseSpec{
				HolderIdentity: &name, LeaseDurationSeconds: &seconds, RenewTime: &now}
			lease, err := leases.Get(c, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				lease = &coordinationv1.Lease{
					ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: leasesOfKube}, Spec: spec}
				_, err = leases.Create(c, lease, metav1.CreateOptions{})
				return err == nil, err
			}
			if err != nil {
				return false, err
			}
			lease.Spec = spec
			_, err = leases.Update(c, lease, metav1.UpdateOptions{})
			return err == nil, err
		})
		if err == nil {
			n.promise.add("heartbeats", 1)
			n.promise.took("time between two heartbeats", time.Since(last))
			last = time.Now()
		} else if ctx.Err() == nil {
			n.promise.fail("%v", err)
		}
		pauseFor(ctx, between)
	}
}

// unwell is what is the matter with a node.
type unwell struct{ what string }

func (u unwell) Error() string { return u.what }

// well tells whether every node is ready and takes pods.
func (n *Nodes) well(ctx context.Context) (bool, error) {
	list, err := n.trial.typed.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	for _, node := range list.Items {
		for _, condition := range node.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
				return false, unwell{node.Name + " is not ready: " + condition.Reason}
			}
		}
		if len(node.Spec.Taints) > 0 {
			return false, unwell{fmt.Sprintf("%s is tainted: %v", node.Name, node.Spec.Taints)}
		}
	}
	return len(list.Items) == nodeCount, nil
}

// run sees that no node is ever given up: all of them beat.
func (n *Nodes) run(ctx context.Context) {
	const between = 2 * time.Second
	for n.trial.running() && ctx.Err() == nil {
		begun := time.Now()
		call, cancel := bounded(ctx)
		well, err := n.well(call)
		cancel()
		if well {
			n.promise.add("looks at which all are ready", 1)
			n.promise.round(begun)
		} else if unwell := (unwell{}); errors.As(err, &unwell) {
			n.promise.fail("%v", unwell)
		}
		pauseFor(ctx, between)
	}
}

func (n *Nodes) judge(ctx context.Context) {
	if _, err := n.trial.wait(ctx, "all nodes are ready at the end", n.well); err != nil {
		n.promise.fail("%v", err)
	}
	n.stop()
}
