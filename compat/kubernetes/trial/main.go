// Plays the day of a small cluster against a running control plane of Kubernetes for a time, and
// says of each promise whether it held: writes are lost or repeated by nobody, watches tell all
// once and in order, pages belong together, events fade, and nothing that was begun stays stuck.
//
// An answer that leaves open whether a write was done is taken for just that, and looked up. The
// signal USR1 tells that a member is being killed now. Ends with 0 if everything held.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// callTimeout bounds each call but watches.
	callTimeout = 10 * time.Second
	// stuckAfter is how long anything may take that the control plane does by itself.
	stuckAfter = 120 * time.Second
	// faultShadow is how long after a kill a pause is put down to it.
	faultShadow = 30 * time.Second
)

// Trial is what all parts of the scenario share.
type Trial struct {
	began   time.Time
	until   time.Time
	ttl     time.Duration
	compact time.Duration
	objects int

	typed    kubernetes.Interface
	dynamic  dynamic.Interface
	crds     apiextensions.Interface
	faults   *Faults
	pulse    *Pulse
	promises []*Promise
}

func logf(format string, arguments ...any) {
	now := time.Now().Format("15:04:05.000")
	fmt.Fprintf(os.Stderr, "%s %s\n", now, fmt.Sprintf(format, arguments...))
}

// running tells whether the time is not over.
func (t *Trial) running() bool { return time.Now().Before(t.until) }

func (t *Trial) promise(name string) *Promise {
	p := &Promise{
		name: name, faults: t.faults,
		counts: map[string]int64{}, longest: map[string]time.Duration{}}
	t.promises = append(t.promises, p)
	return p
}

// pauseFor waits for a while, or until the context is done.
func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wait asks until the condition holds; an error of the question is no answer. It gives how long
// that took, and an error when the condition did not come to hold.
func (t *Trial) wait(
	ctx context.Context, what string, holds func(context.Context) (bool, error),
) (time.Duration, error) {
	const between = 200 * time.Millisecond
	begun := time.Now()
	var last error
	for time.Since(begun) < stuckAfter && ctx.Err() == nil {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		done, err := holds(call)
		cancel()
		if done && err == nil {
			return time.Since(begun), nil
		}
		last = err
		pauseFor(ctx, between)
	}
	return time.Since(begun), fmt.Errorf("stuck after %.0f s: %s (%v)",
		time.Since(begun).Seconds(), what, last)
}

// once keeps the client from repeating a call by itself, as it does when an answer names a time to
// come back: of a write that was repeated behind our back we would not know that it was.
type once struct{ next http.RoundTripper }

func (o once) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(request)
	if err == nil {
		response.Header.Del("Retry-After")
	}
	return response, err
}

func connect(kubeconfig string, t *Trial) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	config.UserAgent = "trial"
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return once{next} })
	if t.typed, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if t.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	t.crds, err = apiextensions.NewForConfig(config)
	return err
}

// part is a piece of the scenario: it runs while the trial does, and is judged when all have ended.
type part struct {
	name  string
	run   func(context.Context)
	judge func(context.Context)
}

// runAll runs the parts until they have ended, each of which has to within a bound.
func (t *Trial) runAll(ctx context.Context, parts []part, stuck *Promise) {
	var group sync.WaitGroup
	var mu sync.Mutex
	busy := map[string]bool{}
	for _, each := range parts {
		if each.run == nil {
			continue
		}
		busy[each.name] = true
		group.Add(1)
		go func() {
			defer group.Done()
			each.run(ctx)
			mu.Lock()
			delete(busy, each.name)
			mu.Unlock()
		}()
	}
	running := len(busy)
	ended := make(chan struct{})
	go func() { group.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	case <-time.After(time.Until(t.until) + 2*stuckAfter):
	}
	mu.Lock()
	defer mu.Unlock()
	stuck.add("parts ended", running-len(busy))
	for name := range busy {
		stuck.fail("%s did not come to an end", name)
	}
}

func (t *Trial) judgePulse(p *Promise) {
	faults := t.faults.all()
	p.add("acknowledged writes", t.pulse.writes)
	p.add("kills", len(faults))
	for _, each := range faults {
		p.took("silence at a kill", t.pulse.around(each, faultShadow))
	}
	p.took("silence elsewhere", t.pulse.longestElsewhere(faults, faultShadow))
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that says where the API server is")
	duration := flag.Duration("duration", 10*time.Minute, "how long the scenario is played")
	objects := flag.Int("objects", 3000, "how many config maps there are")
	ttl := flag.Duration("event-ttl", time.Minute, "what --event-ttl of the API server says")
	compact := flag.Duration("compaction", 30*time.Second, "what its interval of compaction says")
	store := flag.String("store", "", "client URLs of the members, by comma, watched directly")
	secrets := flag.String("store-tls", "", "folder with ca.crt, client.crt and client.key")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	now := time.Now()
	t := &Trial{
		began: now, until: now.Add(*duration), ttl: *ttl, compact: *compact, objects: *objects,
		faults: &Faults{}, pulse: &Pulse{until: now.Add(*duration)}}
	if err := connect(*kubeconfig, t); err != nil {
		logf("no API server: %v", err)
		os.Exit(2)
	}
	kills := make(chan os.Signal, 8)
	signal.Notify(kills, syscall.SIGUSR1)
	go func() {
		for range kills {
			t.faults.add(time.Now())
			logf("a member is killed")
		}
	}()

	var endpoints []string
	if *store != "" {
		endpoints = strings.Split(*store, ",")
	}
	service := t.promise("service").needs("acknowledged writes")
	stuck := t.promise("nothing stuck").needs("parts ended")
	parts, err := t.parts(ctx, endpoints, *secrets)
	if err != nil {
		logf("cannot begin: %v", err)
		os.Exit(2)
	}
	t.runAll(ctx, parts, stuck)
	for _, each := range parts {
		if each.judge != nil && ctx.Err() == nil {
			each.judge(ctx)
		}
	}
	t.judgePulse(service)
	held := ctx.Err() == nil
	for _, each := range t.promises {
		held = each.print(os.Stdout) && held
	}
	if !held {
		fmt.Println("verdict: BROKEN")
		os.Exit(1)
	}
	fmt.Println("verdict: everything held")
}
