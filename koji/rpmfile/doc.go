// Package rpmfile reads one RPM file up to its payload: lead, signature header
// and main header, with the byte ranges they occupy, their tags, and the key of
// every signature. It never reads the payload unless asked to compute a digest
// over it, and it can splice another signature header into a copy.
//
// Input is taken to be hostile: sizes are bounded, every offset is checked, and
// no byte string makes it panic.
package rpmfile
