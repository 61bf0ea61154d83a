package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Members looks at the store itself: a watch of all keys at each member, from one revision on.
// Every write of the whole control plane makes one revision, so that none may be missing, and all
// members have to tell the same.
type Members struct {
	trial   *Trial
	promise *Promise
	clients []*clientv3.Client
	names   []string
	from    int64
	stop    context.CancelFunc

	mu     sync.Mutex
	sums   [][]uint64
	events int
}

// secretsIn reads what a client of the store shows and believes; without a folder there is no TLS.
func secretsIn(folder string) (*tls.Config, error) {
	if folder == "" {
		return nil, nil
	}
	own, err := tls.LoadX509KeyPair(
		filepath.Join(folder, "client.crt"), filepath.Join(folder, "client.key"))
	if err != nil {
		return nil, err
	}
	believed, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(believed)
	return &tls.Config{Certificates: []tls.Certificate{own}, RootCAs: pool}, nil
}

func (t *Trial) members(
	ctx context.Context, endpoints []string, secrets string, promise *Promise,
) (*Members, error) {
	m := &Members{trial: t, promise: promise, names: endpoints}
	shown, err := secretsIn(secrets)
	if err != nil {
		return nil, err
	}
	for _, each := range endpoints {
		client, err := clientv3.New(clientv3.Config{
			Endpoints: []string{each}, TLS: shown, Logger: zap.NewNop(),
			DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: 5 * time.Second})
		if err != nil {
			return nil, err
		}
		m.clients = append(m.clients, client)
	}
	m.sums = make([][]uint64, len(m.clients))
	call, cancel := bounded(ctx)
	defer cancel()
	now, err := m.clients[0].Get(call, "trial")
	if err != nil {
		return nil, err
	}
	m.from = now.Header.Revision + 1
	watched, stop := context.WithCancel(ctx)
	m.stop = stop
	for i := range m.clients {
		go m.watch(watched, i)
	}
	return m, nil
}

func (m *Members) watch(ctx context.Context, member int) {
	next := m.from
	for answer := range m.clients[member].Watch(ctx, "\x00",
		clientv3.WithFromKey(), clientv3.WithRev(m.from), clientv3.WithPrevKV()) {
		if err := answer.Err(); err != nil {
			if ctx.Err() == nil {
				m.promise.fail("%s ended the watch at %d: %v", m.names[member], next, err)
			}
			return
		}
		m.mu.Lock()
		for i := 0; i < len(answer.Events); {
			revision := answer.Events[i].Kv.ModRevision
			if revision != next {
				m.promise.fail("%s tells of revision %d instead of %d",
					m.names[member], revision, next)
			}
			sum := fnv.New64a()
			for ; i < len(answer.Events) && answer.Events[i].Kv.ModRevision == revision; i++ {
				add(sum.Write, answer.Events[i])
				m.events++
			}
			m.sums[member] = append(m.sums[member], sum.Sum64())
			next = revision + 1
		}
		m.mu.Unlock()
	}
}

// add puts all that an event says into a sum.
func add(write func([]byte) (int, error), event *clientv3.Event) {
	put := func(kind byte, key, value []byte, created, modified, version, lease int64) {
		var numbers [8*6 + 1]byte
		for i, each := range []int64{
			int64(len(key)), int64(len(value)), created, modified, version, lease} {
			binary.BigEndian.PutUint64(numbers[8*i:], uint64(each))
		}
		numbers[8*6] = kind
		_, _ = write(numbers[:])
		_, _ = write(key)
		_, _ = write(value)
	}
	kv := event.Kv
	put(byte(event.Type), kv.Key, kv.Value, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease)
	if kv = event.PrevKv; kv != nil {
		put(2, kv.Key, kv.Value, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease)
	}
}

// judge waits until the members have told everything up to now, and compares them.
func (m *Members) judge(ctx context.Context) {
	var until int64
	_, err := m.trial.wait(ctx, "an answer of the store", func(c context.Context) (bool, error) {
		now, err := m.clients[0].Get(c, "trial")
		if err == nil {
			until = now.Header.Revision
		}
		return err == nil, err
	})
	if err != nil {
		m.promise.fail("%v", err)
		return
	}
	count := int(until - m.from + 1)
	_, err = m.trial.wait(ctx, "all members tell all", func(context.Context) (bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		var reached []string
		all := true
		for i, each := range m.sums {
			all = all && len(each) >= count
			reached = append(reached, fmt.Sprintf("%s %d", m.names[i], len(each)))
		}
		if !all {
			return false, fmt.Errorf("of %d revisions: %s", count, strings.Join(reached, ", "))
		}
		return true, nil
	})
	if err != nil {
		m.promise.fail("%v", err)
	}
	m.stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, each := range m.sums {
		for k := range min(count, len(each), len(m.sums[0])) {
			if each[k] != m.sums[0][k] {
				m.promise.fail("%s and %s differ in revision %d",
					m.names[i], m.names[0], m.from+int64(k))
				break
			}
		}
	}
	m.promise.add("members", len(m.clients))
	m.promise.add("revisions told alike, none left out", count)
	m.promise.add("events", m.events)
}
