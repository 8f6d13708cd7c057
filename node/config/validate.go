package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Bounds of settings whose comment names them.
const (
	maxAgency  = 999_999
	maxWorkers = 1024
	minQueue   = 1024 // one draft
	minLogMiB  = 1    // a draft; the newest 64 entries stay in any case
	maxLogMiB  = 1 << 16
	maxQueue   = 1 << 20
	maxClient  = 1_000_000 // calls a second: more than a node answers
	minMemory  = 256       // a node of an empty ledger under load
	maxMemory  = 1 << 20
	maxHSTS    = 2 * 365 * 24 * time.Hour // what lists of hosts that browsers bring along ask for at most

	minQuotaMiB   = 16
	maxQuotaMiB   = 1 << 20
	maxPendingMiB = 1 << 16
)

// Validate checks every setting: errors.Join of *Error.
func (c *Config) Validate() error {
	v := validation{c: c}
	v.oneOf("role", c.Role, Validator, Replica)
	if c.Role == Replica {
		v.replica()
	} else {
		v.check("agency", c.Agency >= 1 && c.Agency <= maxAgency, "%d is not an agency's account, 1 to %d", c.Agency, maxAgency)
		v.check("keys", c.Keys != "", "must not be empty")
		v.address("peer.listen", c.Peer.Listen)
	}
	v.check("genesis", c.Genesis != "", "must not be empty")
	v.check("data", c.Data != "", "must not be empty")
	_, err := c.Sync.Sources()
	v.check("sync.from", err == nil, "%v", err)
	v.address("public.listen", c.Public.Listen)
	v.url("public.url", c.Public.URL)
	_, err = c.Public.TLS()
	v.check("public.tls_key", err == nil, "%v", err)
	v.within("public.hsts", c.Public.HSTS, 0, maxHSTS)
	_, err = c.Publish.Addresses()
	v.check("publish.witnesses", err == nil, "%v", err)
	v.check("blobs.quota_mib", c.Blobs.QuotaMiB >= minQuotaMiB && c.Blobs.QuotaMiB <= maxQuotaMiB, "%d is not in %d to %d", c.Blobs.QuotaMiB, minQuotaMiB, maxQuotaMiB)
	v.check("blobs.pending_mib", c.Blobs.PendingMiB >= 1 && c.Blobs.PendingMiB <= maxPendingMiB, "%d is not in 1 to %d", c.Blobs.PendingMiB, maxPendingMiB)
	v.operator("operator.listen", c.Operator.Listen)
	v.within("raft.heartbeat", c.Raft.Heartbeat, 200*time.Millisecond, time.Minute)
	v.within("raft.commit", c.Raft.Commit, time.Millisecond, 100*time.Millisecond)
	v.within("raft.request", c.Raft.Request, time.Second, 5*time.Minute)
	v.within("raft.write", c.Raft.Write, time.Second, 5*time.Minute)
	v.check("raft.log_mib", c.Raft.LogMiB >= minLogMiB && c.Raft.LogMiB <= maxLogMiB, "%d is not in %d to %d", c.Raft.LogMiB, minLogMiB, maxLogMiB)
	v.check("limits.workers", c.Limits.Workers >= 0 && c.Limits.Workers <= maxWorkers, "%d is not in 0 to %d", c.Limits.Workers, maxWorkers)
	v.check("limits.memory_mib", c.Limits.Memory == 0 || c.Limits.Memory >= minMemory && c.Limits.Memory <= maxMemory, "%d is not 0, nor in %d to %d", c.Limits.Memory, minMemory, maxMemory)
	v.check("limits.queue", c.Limits.Queue >= minQueue && c.Limits.Queue <= maxQueue, "%d is not in %d to %d", c.Limits.Queue, minQueue, maxQueue)
	v.check("limits.client_rate", c.Limits.Client >= 0 && c.Limits.Client <= maxClient, "%d is not in 0 to %d", c.Limits.Client, maxClient)
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", c.Log.Format, "text", "json")
	return errors.Join(v.wrong...)
}

// replica: a node without keys can be told nothing that only who has keys may do, and whoever sets such a thing means something else.
func (v *validation) replica() {
	const none = "a replica has none; leave it empty, or set role to validator"
	v.check("agency", v.c.Agency == 0, "%d: a replica runs for no agency; write 0, or set role to validator", v.c.Agency)
	v.check("keys", v.c.Keys == "", "%q: "+none, v.c.Keys)
	v.check("peer.listen", v.c.Peer.Listen == "", "%q: "+none, v.c.Peer.Listen)
	v.check("sync.from", strings.TrimSpace(v.c.Sync.From) != "", "a replica needs a source to follow")
}

type validation struct {
	c     *Config
	wrong []error
}

func (v *validation) check(key string, ok bool, format string, args ...any) {
	if !ok {
		v.wrong = append(v.wrong, &Error{File: v.c.file, Line: v.c.lines[key], Key: key, Message: fmt.Sprintf(format, args...)})
	}
}

func (v *validation) within(key string, d Duration, low, high time.Duration) {
	v.check(key, time.Duration(d) >= low && time.Duration(d) <= high, "%v is not in %v to %v", d, low, high)
}

func (v *validation) oneOf(key, value string, words ...string) {
	for _, w := range words {
		if value == w {
			return
		}
	}
	v.check(key, false, "%q is none of %s", value, strings.Join(words, ", "))
}

func (v *validation) address(key, address string) (host string) {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	v.check(key, err == nil, "%q is not host:port", address)
	return host
}

func (v *validation) url(key, text string) {
	if text != "" {
		_, err := parseURL(text)
		v.check(key, err == nil, "%q: %v", text, err)
	}
}

// operator: profiles and health are not for strangers.
func (v *validation) operator(key, address string) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok || address == "" {
		v.check(key, !ok || path != "", "unix: needs a path")
		return
	}
	before := len(v.wrong)
	host := v.address(key, address)
	ip := net.ParseIP(host)
	v.check(key, len(v.wrong) > before || host == "localhost" || (ip != nil && ip.IsLoopback()), "%q is not a loopback address", address)
}
