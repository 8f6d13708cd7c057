package replica_test

import (
	"fmt"
	"testing"
)

// TestFollowersApplyWithoutWaiting: raft by itself would tell followers of a commit after its commit timeout, which is longer here than this test waits.
func TestFollowersApplyWithoutWaiting(t *testing.T) {
	t.Parallel()
	patient := timing
	patient.Commit = 10 * deadline
	c := newPatientCluster(t, 3, patient)
	for i := range 20 {
		c.propose(fmt.Sprint("entry ", i))
		c.same(i + 1)
	}
}
