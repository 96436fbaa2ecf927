// Package xmltext writes text into XML so that it is well formed whatever the
// text is, in the form that createrepo_c gives it:
//
//	dst = append(dst, "<name>"...)
//	dst = xmltext.AppendText(dst, name)
//	dst = append(dst, "</name>\n"...)
package xmltext
