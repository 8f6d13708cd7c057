// Package picture makes of what a telephone or a scanner gives a picture that nodes take: nothing in it but the picture.
//
// Cameras write where, when and with what a photo was taken into its file, and a preview of what was later cut away. All that is left out. What is right
// already stays as it is, to the last byte of its pixels; what lies on its side, or is too large, is drawn anew.
package picture
