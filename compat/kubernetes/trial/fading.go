package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	fadingNamespace = "fading"
	// leaseSlack is how much longer than its time an event may be there: the API server makes the
	// leases of events a twentieth longer and uses each for a while, and a lease that runs out is
	// revoked some moments later.
	leaseSlack = 15 * time.Second
)

// Fading writes events, which the API server ties to a lease, and sees each of them vanish: never
// before its time, nor long after. A new leader gives each lease its whole time again.
type Fading struct {
	trial   *Trial
	promise *Promise

	mu      sync.Mutex
	written map[string]time.Time
	gone    map[string]time.Time
}

func (t *Trial) fading(promise *Promise) part {
	f := &Fading{trial: t, promise: promise,
		written: map[string]time.Time{}, gone: map[string]time.Time{}}
	return part{"fading events", f.run, nil}
}

func (f *Fading) run(ctx context.Context) {
	const between = 500 * time.Millisecond
	watched, stop := context.WithCancel(ctx)
	defer stop()
	go f.watch(watched)
	for i := 0; f.trial.running() && ctx.Err() == nil; i++ {
		f.write(ctx, fmt.Sprintf("event-%06d", i))
		pauseFor(ctx, between)
	}
	f.end(ctx)
}

func (f *Fading) write(ctx context.Context, name string) {
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: fadingNamespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Namespace", Namespace: fadingNamespace},
		Reason:         "Trial", Message: "this one is to vanish", Type: corev1.EventTypeNormal}
	_, err := f.trial.wait(ctx, "an event is written", func(c context.Context) (bool, error) {
		f.mark(f.written, name)
		_, err := f.trial.typed.CoreV1().Events(fadingNamespace).Create(
			c, event, metav1.CreateOptions{})
		return err == nil || apierrors.IsAlreadyExists(err), err
	})
	if err != nil {
		f.promise.fail("%v", err)
		return
	}
	f.promise.add("written", 1)
	f.trial.pulse.beat()
}

func (f *Fading) mark(times map[string]time.Time, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := times[name]; !known {
		times[name] = time.Now()
	}
}

func (f *Fading) watch(ctx context.Context) {
	events := f.trial.typed.CoreV1().Events(fadingNamespace)
	for ctx.Err() == nil {
		watching, err := events.Watch(ctx, metav1.ListOptions{})
		if err != nil {
			pauseFor(ctx, 100*time.Millisecond)
			continue
		}
		for told := range watching.ResultChan() {
			if event, ok := told.Object.(*corev1.Event); ok && told.Type == watch.Deleted {
				f.mark(f.gone, event.Name)
			}
		}
		watching.Stop()
	}
}

// end waits until every event has vanished, and holds the life of each against its bounds.
func (f *Fading) end(ctx context.Context) {
	wait, cancel := context.WithTimeout(ctx, 2*f.trial.ttl+leaseSlack)
	defer cancel()
	for wait.Err() == nil {
		call, done := bounded(wait)
		list, err := f.trial.typed.CoreV1().Events(fadingNamespace).List(
			call, metav1.ListOptions{})
		done()
		if err == nil && len(list.Items) == 0 {
			break
		}
		pauseFor(wait, time.Second)
	}
	if wait.Err() != nil {
		f.promise.fail("there are still events %.0f s after the last was written",
			(2*f.trial.ttl + leaseSlack).Seconds())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, written := range f.written {
		f.judgeOne(name, written)
	}
}

func (f *Fading) judgeOne(name string, written time.Time) {
	gone, seen := f.gone[name]
	if !seen {
		f.promise.add("whose end was not seen", 1)
		return
	}
	life := gone.Sub(written)
	longest := f.trial.ttl + leaseSlack
	if fault := f.trial.faults.lastBefore(gone); fault.After(written) {
		longest += fault.Sub(written)
	}
	if life < f.trial.ttl-time.Second || life > longest {
		f.promise.fail("%s was there for %.1f s, not for %.0f to %.0f",
			name, life.Seconds(), f.trial.ttl.Seconds(), longest.Seconds())
	}
	f.promise.add("vanished in time", 1)
	f.promise.took("life", life)
}
