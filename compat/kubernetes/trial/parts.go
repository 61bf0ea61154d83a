package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	writerHands  = 4
	creatorHands = 16
	parcelCount  = 60
	writeBetween = 200 * time.Millisecond
)

// Written are objects that are written all the time, and watched and listed meanwhile.
type Written struct {
	trial   *Trial
	objects Objects
	names   int
	paged   bool
	ledger  *Ledger
	canon   *Canon
	writes  *Promise
	watches *Promise
	replays *Promise
	lists   *Promise
}

// run creates the objects, and then changes them at random until the time is over.
func (w *Written) run(ctx context.Context) {
	followed, stop := context.WithCancel(ctx)
	defer stop()
	if err := w.canon.begin(followed); err != nil {
		w.watches.fail("%v", err)
		return
	}
	var hands sync.WaitGroup
	for hand := range creatorHands {
		hands.Add(1)
		go func() {
			defer hands.Done()
			for i := hand; i < w.names && ctx.Err() == nil; i += creatorHands {
				if !w.ledger.put(ctx, w.name(i)) {
					return
				}
			}
		}()
	}
	hands.Wait()
	for hand := range writerHands {
		hands.Add(1)
		go func() {
			defer hands.Done()
			w.write(ctx, hand)
		}()
	}
	hands.Add(1)
	go func() {
		defer hands.Done()
		w.trial.replay(ctx, w.canon, w.replays)
	}()
	if w.paged {
		hands.Add(1)
		go func() {
			defer hands.Done()
			w.trial.page(ctx, w.ledger, w.canon, w.lists)
		}()
	}
	hands.Wait()
	w.judge(ctx)
}

func (w *Written) name(i int) string { return fmt.Sprintf("object-%05d", i) }

// write changes objects of one hand: mostly an update, now and then a deletion.
func (w *Written) write(ctx context.Context, hand int) {
	random := rand.New(rand.NewPCG(uint64(hand), uint64(w.names)))
	for w.trial.running() && ctx.Err() == nil {
		name := w.name(random.IntN(w.names/writerHands)*writerHands + hand)
		begun := time.Now()
		_, exists := w.ledger.now(name)
		done := false
		if exists && random.IntN(5) == 0 {
			done = w.ledger.remove(ctx, name)
		} else {
			done = w.ledger.put(ctx, name)
		}
		if !done {
			return
		}
		w.writes.round(begun)
		pauseFor(ctx, writeBetween)
	}
}

// judge holds the record, the long watch and a last list against each other. It does so at once
// when the writers have ended: a watch past the cache of which nothing is told for a while could
// not be resumed from where it was, which is compacted by then.
func (w *Written) judge(ctx context.Context) {
	if !w.ledger.put(ctx, "last") {
		return
	}
	last, _ := w.ledger.now("last")
	if err := w.canon.await(ctx, last.revision); err != nil {
		w.watches.fail("%v", err)
	}
	w.ledger.compareWith(w.canon)
	var read listing
	_, err := w.trial.wait(ctx, "the last list", func(c context.Context) (done bool, err error) {
		read, err = w.trial.readPages(c, w.canon, w.lists)
		return err == nil, err
	})
	if err != nil {
		w.writes.fail("%v", err)
		return
	}
	w.ledger.compareFinal(read.items)
	if w.paged && w.trial.long() {
		w.trial.tooOld(ctx, w.canon, w.replays)
	}
}

// long tells whether what was written first is compacted by the end.
func (t *Trial) long() bool { return time.Since(t.began) > 3*t.compact }

// parts makes everything that the scenario consists of, in the order in which it is judged.
func (t *Trial) parts(ctx context.Context, endpoints []string, secrets string) ([]part, error) {
	var last []part
	if len(endpoints) > 0 {
		told := t.promise("members").needs("events")
		members, err := t.members(ctx, endpoints, secrets, told)
		if err != nil {
			return nil, err
		}
		last = append(last, part{name: "members", judge: members.judge})
	}
	if err := t.defineParcels(ctx); err != nil {
		return nil, err
	}
	for _, each := range []string{"many", "parcels", "counting", fadingNamespace} {
		if err := t.makeNamespace(ctx, each); err != nil {
			return nil, err
		}
	}
	nodes := t.nodes(t.promise("nodes").needs("heartbeats"))
	if err := nodes.begin(ctx); err != nil {
		return nil, err
	}
	pods := t.promise("pods").needs("pods bound and run", "pods ended")
	if err := t.kubelet(ctx, pods); err != nil {
		return nil, err
	}
	lists := t.promise("lists").needs("lists by pages", "lists in one", "lists of the past")
	many := t.written(configMaps, "many", t.objects, "config maps", lists)
	many.paged = true
	few := t.written(parcels, "parcels", parcelCount, "parcels", lists)
	counters := t.promise("counters").needs("increments", "conflicts")
	fading := t.promise("events fade").needs("vanished in time")
	rollouts := &Rollouts{trial: t,
		deployments: t.promise("deployments").needs("rollouts", "pods taken away"),
		namespaces:  t.promise("namespaces").needs("deleted with all in them")}
	parts := []part{
		{"config maps", many.run, nil},
		{"parcels", few.run, nil},
		t.counter(configMaps, "counting", counters),
		t.counter(parcels, "counting", counters),
		t.fading(fading),
		{"nodes", nodes.run, nodes.judge},
		{"the deployment that stays", rollouts.stay, nil},
	}
	for hand := range rolloutHands {
		parts = append(parts, part{
			name: fmt.Sprintf("namespaces that come and go %d", hand),
			run:  func(c context.Context) { rollouts.comeAndGo(c, hand) }})
	}
	return append(parts, last...), nil
}

func (t *Trial) written(
	kind Kind, namespace string, names int, what string, lists *Promise,
) *Written {
	objects := t.objectsOf(kind, namespace)
	w := &Written{trial: t, objects: objects, names: names, lists: lists,
		writes:  t.promise(what).needs("created", "updated", "deleted"),
		watches: t.promise(what + " told").needs("events"),
		replays: t.promise(what + " again").needs("replays")}
	w.ledger = t.newLedger(objects, w.writes)
	w.canon = objects.newCanon(w.watches)
	return w
}
