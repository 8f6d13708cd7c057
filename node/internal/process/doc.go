// Package process runs a program in a process of its own, which tests kill, stop and trace. Unix only.
package process
