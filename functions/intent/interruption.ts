/**
 * A round of the gate ends without a judgement. `superseded`: a newer intent has come, or people hold the fleet to a
 * revision; `rebased`: what is held back is to fall back to something else; `behind`: newer
 * ConfigMaps, of which the fleet runs what was made, or what people steer it to, are about to come here, or what the fleet
 * runs cannot be had now, or replicas disagree again and again.
 */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly why: 'superseded' | 'rebased' | 'behind';
  constructor(why: Interruption['why']) {
    super(why);
    this.why = why;
  }
}
