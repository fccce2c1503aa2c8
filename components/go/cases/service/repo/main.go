// Package main is the shop.
package main

func main() {}
