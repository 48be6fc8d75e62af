/** What certificates are made with: one file, bundled before the tests, since the package is hundreds of them. */
import 'reflect-metadata';

export {
  BasicConstraintsExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
