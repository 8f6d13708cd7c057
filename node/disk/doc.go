// Package disk tells how much room a directory's disk has, how large the files are, and when the disk will be full.
package disk
