import Foundation

/// RSA keys that a CA must not accept, made for these tests.
enum WeakKeys {
    /// A key whose two primes are built as in CVE-2017-15361 (ROCA).
    static let rocaPEM = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEA1Zr1kNMkIrU6JTSHmfHyWctFJlhK/rDs/7xcoc8C2rCsrdBZ
        VXYJ8ImWHXZtajLKLJfIasNRXBn/9kfuONTWFYH0Z0/RQkR1YW8s2sD+DvAxtf6S
        hczAsxEgtsbLantSRtxjN+xoKJi5V/4jFdYGwz6iAiuy2nx/Ys6XYly87F10uyZO
        hMlfRuXJpMajF8BcsWTupFh/yO2flmjFn5o+hEukXCnNlViGUIYlhQaC4tiQzBJB
        lJRlaCTSIMMP6HdTyqi59Fe2VfXwgKBJOkJEJovfB2K7alMHIDlshe0bby621TQZ
        eiYsDQDJ84bbSXjGqjcb7l+SQbFOnlLrhKzYpwIDAQABAoIBAB+dg+MfnSWV9Tk0
        gS2D5f7sWxvFzbPMtAdV9c/tN9ruc2B2igJgKjBz7MgHk0I4qjvXa06CAjTDlGL7
        WoMG3XjpdycjZTGNuGHndpgaIIBNhM4PE9jB6XOXgWQMIGduQUtDq1vHndMEZ8pi
        TwcYWn/jcU8o8Jvt+VzCfx2L5FqHZRtoainJrmldzLA7IjhHpR4CQWgScPmltB/I
        Atl0++d7US72U6nhW4vbM/8riYtr512VSNYyAnFifAfVmgVcUG6bduvmUpRewwsJ
        YWMQlM4FkvNM4vBMZiqZtqVElIFZY7BKBR80/kGiXx8e5q+jdMt6No9SF1PT11Pl
        AcEXlgECgYEA/nMjPPlMJr2gwktBj/SE1VnxHtYlUWz8ZGfoqfo8NFK91GwDYeB7
        e/RowGjUPe8mmPNzUrXIjnXxl7E/2cDDsmuB2ajqi5TJ2+m3XFGmUYiXOpwIBhkW
        4LD9MBYjkcpOgfaREG7NVJSLTjQ+AdJcXbNR9tWnR5DU4HGPa6M1MucCgYEA1ugd
        8lgwC80JwFrlmph34Ep79LFHURaeoYreNE9VqgJ92qVQ5RpkVvgtBdN5FgCJQFTb
        JeJqfXD2LFV//t2IMevgGxy7pLgO2pXy1mk+UC+uTxkfNwck90XAKXYkR0wLQB78
        1erh1Dvz08AuaPgpszTIlopl/DQ1VxAKZaUMNEECgYEA266Ab/Y0nwX9M4JR2n2b
        6a+7k4oDsidMSUvE/mwDapE9P5b53Jk5Q62ieuyGweomAsu9d11nCEggC32GyPO6
        geJ7u3Yw+c298dX47wW3eJFbL8jizJEAxYFJNykGEKr/2QkN+YgQUsPk+eH03xHF
        mUhmrZuMzybmA9lHoADKv2UCgYAdwv+CtFvTBo43KV9qzXqsgSQxeuuZezx0urqT
        G/mNFdNAGGzfjYwfzzbM+8BlH6XiVt4SnQyKWr583UpgjWVzJGtg1dXWtfa4ptN+
        hgyvJitJoP0FreOcqvg1xbq4dPuJ4cC6D1E/Bx55UMAcoWGFA+ZTks8U4lYQvJP0
        B6ttAQKBgA/aF/EEEkTD07shdL4tpWbAe+cniO4kaLmMBDK/iTNWBKx6T6meMI9M
        ni2dxf5wNvev8AD6HuLABFaM/8+po+nJu0RlgfmFYrYCW/H93DEsUJXTWXZIombn
        86a/rM3YnVLjh6IQnFp0iRaIxqEc5MYrUU/XM5ZTTJlqFFul6Z/2
        -----END RSA PRIVATE KEY-----
        """

    /// A good CSR for www.example.test, whose modulus is 739 times a prime.
    static let smallFactorRequest: [UInt8] = {
        let text = """
            MIICczCCAVsCAQAwADCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJIWRNQggnXQujgv46f9LdVGfVXfZsMBAtkmihE+
            XjGWh1j6wB57IzU8Qvx74s8KBgkxEXRmDdwb4SY/dSQfUPKolr4ymo8nnGBFufwTr9j957sSjSW7ibHU/NPDQ48cWtM+gHlRu1HQ
            Fm3wqiGq6HPpimgxcvW3g16RnO3a82vWptuJCQwJUJM2uhDQiWIgas6zk4k8dvdgIrvL3mCehaXiiQLT7Tera9afZyuLqt1Ubk9S
            /x9XESXb95C3cMkLyFRHSkbK1FsPYSVBxVuGLFqBtILwxijjB9wbHOYLpst75rPo3G8XhKPMzRXx9WQR4ejHHzGIBpFn0Xt9e1R1
            +VcCAwEAAaAuMCwGCSqGSIb3DQEJDjEfMB0wGwYDVR0RBBQwEoIQd3d3LmV4YW1wbGUudGVzdDANBgkqhkiG9w0BAQsFAAOCAQEA
            fhik6emqx8D2Vqtri5jEnXOBSlCJhmALcPy8anGIxwwwGOymdRzRMNw+qgtww6i/2Sq76ff0FeVoigYXkBtLrQarLN+hF4VKsanF
            +EWfrANq7Nj9/dNk9zUMgn/fYUDHCgEKcdTGtFGBOFATIYIGPXZY6BsTxMx7JoBuFbJ0u6ax++FQIgX8v01oy6/fIBfZizMckUdh
            Wz5FbPu6mO/xKfP0ixkpBGQ7/upVy3Di8ij4Nw5lHAmmWAZJRRk1OKja9eLQ144ZL/7wttZon34Iyr+LzH0M/qd4BpIb5YLJNyvm
            Rkoa5DQsXc6cLvfI5YQe4KlkdDfzPh4GVr9HqNYpLQ==
            """
        return Array(Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
    }()
}
