//! The examples of the S3 documentation ("Authenticating Requests: Using the Authorization
//! Header" and "Using Query Parameters"), and S3's paths.

use base::Secret;
use sigv4::{AuthFault, PathStyle, present, sha256_hex};

use crate::request::Request;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn the_documentations_examples_verify() {
    let get = "GET /test.txt HTTP/1.1
Host: examplebucket.s3.amazonaws.com
Range: bytes=0-9
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-amz-date: 20130524T000000Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    let put = "PUT /test%24file.text HTTP/1.1
Host: examplebucket.s3.amazonaws.com
Date: Fri, 24 May 2013 00:00:00 GMT
x-amz-date: 20130524T000000Z
x-amz-storage-class: REDUCED_REDUNDANCY
x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd

Welcome to Amazon S3.";
    let list = "GET /?max-keys=2&prefix=J HTTP/1.1
Host: examplebucket.s3.amazonaws.com
x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
x-amz-date: 20130524T000000Z
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    let presigned = "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1
Host: examplebucket.s3.amazonaws.com";
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
    let welcome = sha256_hex(b"Welcome to Amazon S3.");
    for (text, payload) in [
        (get, EMPTY),
        (put, &*welcome),
        (list, EMPTY),
        (presigned, "UNSIGNED-PAYLOAD"),
    ] {
        let request = Request::parse(text);
        let presented = present(&request.head()).unwrap().unwrap();
        let head = request.head();
        assert_eq!(
            presented.verify(&head, PathStyle::S3, payload, &secret),
            Ok(()),
            "{text}"
        );
        let outcome = presented.verify(&head, PathStyle::S3, &sha256_hex(b"x"), &secret);
        assert_eq!(outcome, Err(AuthFault::Mismatch), "{text}");
    }
    let request = Request::parse(presigned);
    let presented = present(&request.head()).unwrap().unwrap();
    assert_eq!(presented.expires_secs, Some(86400));
}

#[test]
fn keys_keep_their_bytes() {
    for (path, canonical) in [
        ("", "/"),
        ("/a//b/../c", "/a//b/../c"),
        ("/a%2Fb", "/a/b"),
        ("/a%2fb", "/a/b"),
        ("/a+b", "/a%2Bb"),
        ("/a%20b", "/a%20b"),
        ("/a=b", "/a%3Db"),
        ("/%e1%88%b4", "/%E1%88%B4"),
    ] {
        let text = format!(
            "GET {path} HTTP/1.1
Host:h
X-Amz-Date:20130524T000000Z
Authorization:AWS4-HMAC-SHA256 Credential=k/d/r/s/t,SignedHeaders=host,Signature=0"
        );
        let request = Request::parse(&text);
        let presented = present(&request.head()).unwrap().unwrap();
        let shown = presented.canonical_request(&request.head(), PathStyle::S3, EMPTY);
        assert_eq!(shown.lines().nth(1), Some(canonical), "{path}");
    }
}
