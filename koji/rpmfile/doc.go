// Package rpmfile reads one RPM file up to its payload: lead, signature header
// and main header, with the byte ranges they occupy, their tags, and the key of
// every signature. It never reads the payload unless asked to compute a digest
// over it, and it can splice another signature header into a copy.
//
//	f, err := rpmfile.ReadFile("bash-5.2.26-3.fc40.x86_64.rpm")
//	if err != nil {
//		return err // errors.Is(err, rpmfile.ErrNotRPM), koji.ErrInvalid, koji.ErrLimit
//	}
//	key, err := f.Signature.Key() // "a15b79cc", Koji's name for the key
//	if err != nil {
//		return err
//	}
//	fmt.Println(f.NVRA(), key, f.Header.String(rpmfile.TagSummary))
//	modes := f.Header.Uints(rpmfile.TagFileModes)
//	names, _ := f.Header.Lookup(rpmfile.TagBaseNames)
//	i := 0
//	for name := range names.StringSeq() { // no allocation per name
//		fmt.Printf("%o %s\n", modes.At(i), name)
//		i++
//	}
//
// Input is taken to be hostile: sizes are bounded ([Limits]), every offset is
// checked, and no byte string makes it panic. Values are checked to be there when
// a header is read and decoded when they are asked for; what they mean is up to
// the caller, and parallel arrays may differ in length.
//
// Packages of RPM 3 (no regions), 4 and 6 (no SIGMD5, base64 signatures) are
// read alike. Nothing is verified unless asked: [File.VerifyHeader] and
// [File.VerifyPayload] check digests; signatures are parsed (RFC 9580), never
// verified.
package rpmfile
