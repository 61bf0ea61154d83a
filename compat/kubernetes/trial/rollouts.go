package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	rolloutHands    = 2
	steadyNamespace = "steady"
	steadyReplicas  = 12
	appName         = "app"
)

// Rollouts lets namespaces come and go, each with a deployment that is brought up, made larger and
// rolled over to another image; and one deployment stays, whose pods are taken away one by one.
type Rollouts struct {
	trial       *Trial
	deployments *Promise
	namespaces  *Promise
}

func (t *Trial) makeNamespace(ctx context.Context, name string) error {
	_, err := t.wait(ctx, name+" is made", func(c context.Context) (bool, error) {
		_, err := t.typed.CoreV1().Namespaces().Create(c, &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		return err == nil || apierrors.IsAlreadyExists(err), err
	})
	return err
}

func deployment(replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": appName}
	no := false
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: appName},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					AutomountServiceAccountToken: &no,
					Containers: []corev1.Container{{
						Name: appName, Image: "registry.invalid/app:1"}}}}}}
}

// bring makes a deployment with what usually stands beside it.
func (r *Rollouts) bring(ctx context.Context, namespace string, replicas int32) error {
	_, err := r.trial.wait(ctx, "a deployment in "+namespace+" is made",
		func(c context.Context) (bool, error) {
			core := r.trial.typed.CoreV1()
			parcel := r.trial.objectsOf(parcels, namespace)
			meta := metav1.ObjectMeta{Name: appName}
			_, failed := core.ConfigMaps(namespace).Create(c,
				&corev1.ConfigMap{ObjectMeta: meta}, metav1.CreateOptions{})
			errs := []error{failed}
			_, failed = core.Secrets(namespace).Create(c,
				&corev1.Secret{ObjectMeta: meta}, metav1.CreateOptions{})
			errs = append(errs, failed)
			_, failed = core.Services(namespace).Create(c, &corev1.Service{
				ObjectMeta: meta, Spec: corev1.ServiceSpec{
					Selector: map[string]string{"app": appName},
					Ports:    []corev1.ServicePort{{Port: 80}}}}, metav1.CreateOptions{})
			errs = append(errs, failed)
			_, failed = parcel.client.Create(c,
				parcel.build(appName, "", map[string]string{"token": "x"}), metav1.CreateOptions{})
			errs = append(errs, failed)
			_, failed = r.trial.typed.AppsV1().Deployments(namespace).Create(
				c, deployment(replicas), metav1.CreateOptions{})
			for _, each := range append(errs, failed) {
				if each != nil && !apierrors.IsAlreadyExists(each) {
					return false, each
				}
			}
			return true, nil
		})
	return err
}

func (r *Rollouts) patch(ctx context.Context, namespace, patch string) error {
	_, err := r.trial.wait(ctx, "a deployment in "+namespace+" is changed",
		func(c context.Context) (bool, error) {
			_, err := r.trial.typed.AppsV1().Deployments(namespace).Patch(c, appName,
				types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
			return err == nil, err
		})
	return err
}

// settled waits until a deployment has just the pods that it should have, all of them on a node.
func (r *Rollouts) settled(ctx context.Context, namespace string, replicas int32) error {
	took, err := r.trial.wait(ctx, "a deployment in "+namespace+" settles",
		func(c context.Context) (bool, error) {
			now, err := r.trial.typed.AppsV1().Deployments(namespace).Get(
				c, appName, metav1.GetOptions{})
			if err != nil {
				return false, err
			}
			is, image := now.Status, now.Spec.Template.Spec.Containers[0].Image
			if is.ObservedGeneration < now.Generation || is.Replicas != replicas ||
				is.UpdatedReplicas != replicas || is.AvailableReplicas != replicas {
				return false, fmt.Errorf("%d of %d pods, %d updated, %d available",
					is.Replicas, replicas, is.UpdatedReplicas, is.AvailableReplicas)
			}
			pods, err := r.trial.typed.CoreV1().Pods(namespace).List(c, metav1.ListOptions{})
			if err != nil {
				return false, err
			}
			good := int32(0)
			for _, pod := range pods.Items {
				if pod.Spec.NodeName != "" && pod.DeletionTimestamp == nil &&
					pod.Spec.Containers[0].Image == image {
					good++
				}
			}
			if good != replicas || len(pods.Items) != int(replicas) {
				return false, fmt.Errorf(
					"%d pods, of which %d are on a node", len(pods.Items), good)
			}
			return true, nil
		})
	if err == nil {
		r.deployments.add("rollouts", 1)
		r.deployments.add("pods seen on a node", int(replicas))
		r.deployments.took("rollout", took)
	}
	return err
}

// vanish deletes a namespace, waits until that is done, and looks whether anything is left of it.
func (r *Rollouts) vanish(ctx context.Context, namespace string) error {
	asked := false
	took, err := r.trial.wait(ctx, namespace+" goes", func(c context.Context) (bool, error) {
		spaces := r.trial.typed.CoreV1().Namespaces()
		if !asked {
			err := spaces.Delete(c, namespace, metav1.DeleteOptions{})
			asked = err == nil || apierrors.IsNotFound(err)
			return false, err
		}
		now, err := spaces.Get(c, namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		return false, fmt.Errorf("%s: %v", now.Status.Phase, now.Status.Conditions)
	})
	if err != nil {
		return err
	}
	r.namespaces.add("deleted with all in them", 1)
	r.namespaces.took("deletion", took)
	_, err = r.trial.wait(ctx, "nothing is left in "+namespace,
		func(c context.Context) (bool, error) { return r.empty(c, namespace) })
	return err
}

func (r *Rollouts) empty(ctx context.Context, namespace string) (bool, error) {
	all := metav1.ListOptions{}
	pods, err := r.trial.typed.CoreV1().Pods(namespace).List(ctx, all)
	if err != nil || len(pods.Items) > 0 {
		return false, err
	}
	sets, err := r.trial.typed.AppsV1().ReplicaSets(namespace).List(ctx, all)
	if err != nil || len(sets.Items) > 0 {
		return false, err
	}
	services, err := r.trial.typed.CoreV1().Services(namespace).List(ctx, all)
	if err != nil || len(services.Items) > 0 {
		return false, err
	}
	for _, kind := range []Kind{configMaps, parcels} {
		left, err := r.trial.objectsOf(kind, namespace).client.List(ctx, all)
		if err != nil || len(left.Items) > 0 {
			return false, err
		}
	}
	return true, nil
}

// comeAndGo takes namespaces through their whole life, one after the other.
func (r *Rollouts) comeAndGo(ctx context.Context, hand int) {
	for i := 0; r.trial.running() && ctx.Err() == nil; i++ {
		begun := time.Now()
		namespace := fmt.Sprintf("come-and-go-%d-%d", hand, i)
		if err := r.life(ctx, namespace); err != nil {
			r.deployments.fail("%v", err)
			return
		}
		r.deployments.round(begun)
		gone := time.Now()
		if err := r.vanish(ctx, namespace); err != nil {
			r.namespaces.fail("%v", err)
			return
		}
		r.namespaces.round(gone)
	}
}

func (r *Rollouts) life(ctx context.Context, namespace string) error {
	if err := r.trial.makeNamespace(ctx, namespace); err != nil {
		return err
	}
	if err := r.bring(ctx, namespace, 4); err != nil {
		return err
	}
	if err := r.settled(ctx, namespace, 4); err != nil {
		return err
	}
	if err := r.patch(ctx, namespace, `{"spec":{"replicas":7}}`); err != nil {
		return err
	}
	if err := r.settled(ctx, namespace, 7); err != nil {
		return err
	}
	image := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":%q,"image":%q}]}}}}`,
		appName, "registry.invalid/app:2")
	if err := r.patch(ctx, namespace, image); err != nil {
		return err
	}
	return r.settled(ctx, namespace, 7)
}

// stay keeps one deployment up while its pods are deleted, one at a time.
func (r *Rollouts) stay(ctx context.Context) {
	const between = 3 * time.Second
	err := r.trial.makeNamespace(ctx, steadyNamespace)
	if err == nil {
		err = r.bring(ctx, steadyNamespace, steadyReplicas)
	}
	for err == nil {
		if err = r.settled(ctx, steadyNamespace, steadyReplicas); err != nil {
			break
		}
		if !r.trial.running() || ctx.Err() != nil {
			return
		}
		call, cancel := bounded(ctx)
		pods := r.trial.typed.CoreV1().Pods(steadyNamespace)
		list, failed := pods.List(call, metav1.ListOptions{})
		if failed == nil && len(list.Items) > 0 {
			failed = pods.Delete(call, list.Items[0].Name, metav1.DeleteOptions{})
			if failed == nil {
				r.deployments.add("pods taken away", 1)
			}
		}
		cancel()
		pauseFor(ctx, between)
	}
	r.deployments.fail("%v", err)
}
