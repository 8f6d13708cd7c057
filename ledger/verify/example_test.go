package verify_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// The files of the examples, as a node serves them: the policy of epoch 0, the handover to epoch 1, and two heads of that epoch, each with its seal.
const (
	policyFile   = "testdata/policy.txt"
	handoverFile = "testdata/handover-1.tlog-proof"
	olderFile    = "testdata/older.tlog-proof"
	newerFile    = "testdata/newer.tlog-proof"
	// clock is when the examples take place, Unix seconds.
	clock = verifytest.Start + 60
)

// TestExampleFiles makes the files.
func TestExampleFiles(t *testing.T) {
	s := newScene()
	golden(t, policyFile, checkpoint.FormatPolicy(s.Policies[0], func(a ledger.AccountID) string { return "https://node" + a.String() + ".example" }, ""))
	golden(t, handoverFile, s.handovers[0].Append(nil))
	for name, size := range map[string]uint64{olderFile: 9, newerFile: s.Size()} {
		p := &checkpoint.Proof{Index: size - 1, Checkpoint: headAt(s.World, size, 1, 2)}
		p.Extra, p.Path = s.Seal(size)
		golden(t, name, p.Append(nil))
	}
}

// A verifier that believes epoch 0 takes a head of epoch 1: the policy file comes from somebody it believes, everything else from anybody.
func ExampleTrust_Head() {
	file, _ := os.ReadFile(policyFile)
	policy, err := checkpoint.ParsePolicy(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	trust, err := verify.NewTrust(policy, verifytest.Start, clock)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, _ = os.ReadFile(handoverFile)
	handover, err := checkpoint.ParseHandover(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, _ = os.ReadFile(newerFile)
	proof, err := checkpoint.ParseProof(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	head, err := trust.Head(proof.Checkpoint, proof.Extra, proof.Path, []*checkpoint.Handover{handover})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("epoch %d, %d leaves, cosigned by %d validators, %d s old\n",
		head.Trust.Policy.Number, head.Tree.Size, len(head.Validators), clock-head.Time)
	// Output: epoch 1, 15 leaves, cosigned by 2 validators, 55 s old
}

// A head that is no longer believed says by which word it fails, and what that means.
func ExampleError() {
	file, _ := os.ReadFile(policyFile)
	policy, _ := checkpoint.ParsePolicy(file)
	trust, _ := verify.NewTrust(policy, verifytest.Start, clock)
	file, _ = os.ReadFile(newerFile)
	proof, _ := checkpoint.ParseProof(file)

	_, err := trust.Head(proof.Checkpoint, proof.Extra, proof.Path, nil)
	fmt.Println(verify.Failed(err, verify.WordPolicy))
	vietnamese, english := verify.WordPolicy.Sentence()
	fmt.Println(vietnamese)
	fmt.Println(english)
	// Output:
	// true
	// Thuộc một kỳ chính sách đã hết hiệu lực hoặc chưa biết.
	// It is of a policy epoch that is retired or unknown.
}

// A client that remembers its newest head refuses to go back to an older one, however well that is certified.
func ExampleMemory_Next() {
	world := newScene()
	file, _ := os.ReadFile(newerFile)
	newer, _ := checkpoint.ParseProof(file)
	file, _ = os.ReadFile(olderFile)
	older, _ := checkpoint.ParseProof(file)
	trust, _ := verify.NewTrust(world.Policy(), verifytest.Start, clock)

	memory, err := verify.Remember(trust, older.Checkpoint)
	if err != nil {
		fmt.Println(err)
		return
	}
	memory, err = memory.Next(trust, newer.Checkpoint, world.Consistency(9, 15)) // the proof comes from any node, or from tiles
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("remembered:", memory.Head.Tree.Size)
	_, err = memory.Next(trust, older.Checkpoint, nil)
	fmt.Println(err)
	// Output:
	// remembered: 15
	// memory: a head of 9 leaves, remembered is one of 15
}

// Evidence carries its handovers; a verifier needs the beginning of trust and nothing else.
func ExampleCheckEvidence() {
	file, _ := os.ReadFile(policyFile)
	policy, _ := checkpoint.ParsePolicy(file)
	trust, _ := verify.NewTrust(policy, verifytest.Start, clock)

	file, _ = os.ReadFile("testdata/validator.evidence")
	e, err := evidence.Parse(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	finding, err := verify.CheckEvidence(trust, e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(finding.Kind, finding.Agency)
	fmt.Println(finding.Vietnamese)
	fmt.Println(finding.English)
	// Output:
	// validator 2
	// Cơ quan 2, là bên xác nhận, đã đồng ký hai đầu sổ mâu thuẫn nhau (11 lá và 15 lá).
	// Agency 2, a validator, cosigned two inconsistent heads (of 11 and of 15 leaves).
}
