//go:build !linux

package proxy

// HasSocket is always false: no other system tells without privileges.
func HasSocket(int, string, string) bool { return false }
